"""Expected cash flows: what the layers of a forecast are made of."""

from enum import IntEnum
from typing import NamedTuple

from calculator_svc.engine.inputs import Category, Day


class Layer(IntEnum):
    """Where a number of the forecast comes from. The numbers are those of the protos."""

    INVOICE = 1
    BILL = 2
    RECURRING = 3
    PAYROLL = 4
    TAX = 5
    PLANNED = 6
    DECISION = 7
    RESIDUAL = 8
    EARMARK = 9


class CashFlow(NamedTuple):
    """One flow of a document: positive comes in. On as_of itself only cash set aside can leave."""

    day: Day
    amount: int
    layer: Layer
    source_id: str


class Item(NamedTuple):
    """One flow as it is shown: never before the day after as_of, and named in words.

    `counterparty` is whom it is with, or for what recurs with nobody named, its kind; `document_id`
    the open bill or invoice that it settles. Both are empty where there is none.
    """

    day: Day
    layer: Layer
    source_id: str
    name: str
    amount: int
    category: Category
    counterparty: str = ""
    document_id: str = ""
