"""Who the demo company is: Harbour & Finch Studio, a design agency of 15 people. All invented."""

from dataclasses import dataclass

NAME = "Harbour & Finch Studio"
CURRENCY = {"value": "USD", "name": "United States Dollar"}

CHECKING, TAX_SAVINGS, TRUST, UNDEPOSITED = "1", "2", "3", "4"
RECEIVABLE, PAYABLE, CARD, EQUITY, LOAN = "5", "6", "7", "8", "9"
SALES, WAGES, PAYROLL_TAX, RENT, SOFTWARE = "20", "30", "31", "32", "33"
CONTRACTORS, INSURANCE, UTILITIES, TRAVEL, OFFICE = "34", "35", "36", "37", "38"
INCOME_TAX, UNCATEGORISED, INTEREST, RETAINED, REFIT = "39", "40", "41", "42", "43"

# Id: name, type, fine type, classification.
ACCOUNTS = {
    CHECKING: ("Operating Checking", "Bank", "Checking", "Asset"),
    TAX_SAVINGS: ("Tax Savings", "Bank", "Savings", "Asset"),
    TRUST: ("Client Trust", "Bank", "TrustAccounts", "Asset"),
    UNDEPOSITED: ("Undeposited Funds", "Other Current Asset", "UndepositedFunds", "Asset"),
    RECEIVABLE: (
        "Accounts Receivable (A/R)",
        "Accounts Receivable",
        "AccountsReceivable",
        "Asset",
    ),
    PAYABLE: ("Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable", "Liability"),
    CARD: ("Company Card", "Credit Card", "CreditCard", "Liability"),
    EQUITY: ("Opening Balance Equity", "Equity", "OpeningBalanceEquity", "Equity"),
    LOAN: ("Equipment Loan", "Long Term Liability", "NotesPayable", "Liability"),
    SALES: ("Design Services", "Income", "ServiceFeeIncome", "Revenue"),
    WAGES: ("Wages and Salaries", "Expense", "PayrollExpenses", "Expense"),
    PAYROLL_TAX: ("Payroll Taxes", "Expense", "TaxesPaid", "Expense"),
    RENT: ("Studio Rent", "Expense", "RentOrLeaseOfBuildings", "Expense"),
    SOFTWARE: ("Software", "Expense", "OfficeGeneralAdministrativeExpenses", "Expense"),
    CONTRACTORS: ("Freelancers", "Cost of Goods Sold", "CostOfLaborCos", "Expense"),
    INSURANCE: ("Insurance", "Expense", "Insurance", "Expense"),
    UTILITIES: ("Utilities", "Expense", "Utilities", "Expense"),
    TRAVEL: ("Travel", "Expense", "Travel", "Expense"),
    OFFICE: ("Office Supplies", "Expense", "SuppliesMaterials", "Expense"),
    INCOME_TAX: ("Estimated Income Tax", "Expense", "TaxesPaid", "Expense"),
    UNCATEGORISED: ("Uncategorized Expense", "Expense", "OtherMiscellaneousServiceCost", "Expense"),
    INTEREST: ("Loan Interest", "Expense", "InterestPaid", "Expense"),
    REFIT: ("Studio Refit", "Fixed Asset", "LeaseholdImprovements", "Asset"),
    RETAINED: ("Retained Earnings", "Equity", "RetainedEarnings", "Equity"),
}

# Id, name, days to the due date, discount in percent within 10 days.
NET_30 = ("3", "Net 30")
NET_15 = ("2", "Net 15")
EARLY = ("6", "2% 10 Net 30")
ON_RECEIPT = ("1", "Due on receipt")
NET_DAYS = {NET_30: 30, NET_15: 15, EARLY: 30, ON_RECEIPT: 0}


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer's character: how late it pays, how much it buys, and where its money lands."""

    customer_id: str
    name: str
    days_late: int
    spread: int
    share: int
    by_cheque: bool = False
    terms: tuple[str, str] = NET_30
    active: bool = True


CUSTOMERS = [
    Customer("101", "Meridian Outdoor Group", 24, 6, 30),
    Customer("102", "Alder & Stone Architects", 1, 3, 5),
    Customer("103", "Bluebird Coffee Roasters", 10, 4, 4, by_cheque=True),
    Customer("104", "Cobalt Robotics Lab", 0, 2, 5),
    Customer("105", "Dunmore Public Library", 12, 5, 3, by_cheque=True),
    Customer("106", "Evergreen Dental Partners", 9, 4, 4),
    Customer("107", "Foxglove Publishing", 36, 8, 4),
    Customer("108", "Gray Heron Hotels", 11, 4, 5),
    Customer("109", "Hollis Family Vineyards", 38, 10, 3, by_cheque=True),
    Customer("110", "Ironbark Cycling", 8, 4, 4),
    Customer("111", "Juniper Street Theatre", 14, 6, 2, by_cheque=True),
    Customer("112", "Kestrel Analytics", -20, 1, 5, terms=EARLY),
    Customer("113", "Lumen Solar Cooperative", 2, 3, 4),
    Customer("114", "Mapleton School District", 18, 4, 3),
    Customer("115", "North Quay Brewing", 10, 5, 3),
    Customer("116", "Orchard Lane Kitchens", 0, 3, 3, terms=NET_15),
    Customer("117", "Pinecrest Veterinary", 6, 3, 3),
    Customer("118", "Quillfeather Games", 35, 9, 3),
    Customer("119", "Redwood Credit Union", -2, 2, 4),
    Customer("120", "Saltmarsh Conservancy", 13, 5, 2, by_cheque=True),
    Customer("121", "Tidewater Ceramics", 9, 4, 2),
    Customer("122", "Umber Film Collective", 20, 7, 2, active=False),
]


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor, and the account that its bills go to."""

    vendor_id: str
    name: str
    account: str
    terms: tuple[str, str] | None = NET_30


VENDORS = {
    vendor.vendor_id: vendor
    for vendor in [
        Vendor("201", "Pier 9 Properties", RENT, ON_RECEIPT),
        Vendor("202", "City Light and Water", UTILITIES),
        Vendor("203", "Fathom Fibre Internet", UTILITIES, NET_15),
        Vendor("204", "Bulwark Business Insurance", INSURANCE),
        Vendor("205", "United States Treasury", PAYROLL_TAX, None),
        Vendor("206", "Ana Ribeiro Illustration", CONTRACTORS, NET_15),
        Vendor("207", "Tom Okafor Motion", CONTRACTORS, NET_15),
        Vendor("208", "Silverline Print Works", CONTRACTORS, EARLY),
        Vendor("209", "Hartwell Photo Studio", CONTRACTORS, EARLY),
        Vendor("210", "Paper Crane Bindery", CONTRACTORS),
        Vendor("211", "Northgate Office Supply", OFFICE),
        Vendor("212", "Northgate Office Supplies", OFFICE),
        Vendor("213", "Clearwater Accounting", OFFICE),
        Vendor("214", "Lantern Event Hire", TRAVEL),
        Vendor("215", "Bramble Catering", TRAVEL, NET_15),
        Vendor("216", "Keystone Web Hosting", SOFTWARE),
        Vendor("217", "Pixelloom Software", SOFTWARE, None),
        Vendor("218", "Pixel Loom Software", SOFTWARE, None),
        Vendor("219", "Coastal Equipment Finance", LOAN, None),
        Vendor("220", "Sundry Courier", OFFICE, None),
        Vendor("221", "Lathe and Joist Builders", REFIT, None),
    ]
}
FREELANCERS = ["206", "207", "208", "209", "210"]
OCCASIONAL = ["211", "213", "214", "215", "216"]
