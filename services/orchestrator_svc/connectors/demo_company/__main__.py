"""`python -m` this package, FOLDER --as-of YYYY-MM-DD: write the demo company's books."""

import argparse
import datetime
from pathlib import Path

from orchestrator_svc.connectors.demo_company import write

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("folder", type=Path)
parser.add_argument("--as-of", type=datetime.date.fromisoformat, required=True)
parser.add_argument("--seed", type=int, default=1)
arguments = parser.parse_args()
for entity, count in write(arguments.folder, arguments.as_of, arguments.seed).items():
    print(f"{entity:<16}{count:>6}")
