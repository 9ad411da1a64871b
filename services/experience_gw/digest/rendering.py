"""From a view to the mail's two texts."""

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from experience_gw.digest.view import DigestView

_TEMPLATES = Environment(
    loader=PackageLoader("experience_gw.digest"),
    # Names come out of anybody's books: in HTML everything is escaped.
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's two texts."""

    html: str
    text: str


def render(view: DigestView) -> Rendered:
    """Return a view as HTML and as plain text."""
    return Rendered(
        _TEMPLATES.get_template("digest.html").render(view=view),
        _TEMPLATES.get_template("digest.txt").render(view=view, flat=_flat),
    )


def _flat(text: str) -> str:
    """Return a name in one line: nobody's name begins a line of its own."""
    return " ".join(text.split())
