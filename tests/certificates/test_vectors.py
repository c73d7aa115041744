"""Every expectation that the EU's conformance vectors assert, on the real certificates of eleven countries."""

import base64
import gzip
import io
import json
import zlib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cbor2
import pytest
import zxingcpp
from PIL import Image

from lianfang.certificates import dcc, trust
from lianfang.certificates.model import usage_of
from lianfang.certificates.refusals import Refused
from lianfang.certificates.signers import from_certificate
from lianfang.kit import base45

VECTORS = Path(__file__).parents[3] / "shared/data/dcc/vectors.jsonl.gz"
print(VECTORS)
