"""The one error that a command shows to whoever runs it."""


class CommandError(Exception):
    """A command cannot go on; the text is one sentence that says why and what to do next.

    The command line prints it to stderr and exits with code 1; it never shows a traceback for it.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        """Take the problem and the remedy as two halves of a sentence, without the full stop."""
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        sentence = f"{self.problem}; {self.remedy}" if self.remedy else self.problem
        return sentence if sentence.endswith(".") else f"{sentence}."
