"""Which code lists there are, and what is particular to each: facts, so that no code asks a name.

The lists themselves are tables of the lake (`ref_*`); `tasks.read.codes` makes one table of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BUILTIN_PREFIX = "reference_"
# True for rows of the lists that come with the program, not from a partner.
IS_BUILTIN = f"(source LIKE '{BUILTIN_PREFIX}%')"
# Codes of Eurostat and the European Commission in place of ISO's GR and GB: read, never asked for.
READ_ONLY = (("iso2", "EL"), ("iso2", "UK"))
SUBHEADING = 6  # digits of HS that all countries share


@dataclass(frozen=True)
class CodeList:
    """One code list. `target` is the column with our own code.

    `scheme` and `code` are the columns with partners' codes, where the list translates those.
    `dated` and `closed` are SQL conditions over the list's rows: which of them date a code, and
    which must exist before the list may refuse a row. Of a code that is looked up in the list
    only the first `digits` are compared, where that is set.
    """

    name: str
    table: str
    target: str
    scheme: str | None = None
    code: str | None = None
    dated: str = "true"
    closed: str = "true"
    digits: int | None = None

    def compared(self, code: str) -> str:
        """SQL of what of a code is looked up."""
        return f"left({code}, {self.digits})" if self.digits else code


_LISTS = (
    # An area is valid when its ISO row is; its rows of other schemes date those codes alone.
    CodeList("area", "ref_area", "area", scheme="scheme", code="code", dated="scheme = 'iso3'"),
    # The built-in products are the region's basket: only a partner's list is all of HS. National
    # lines (8 to 10 digits) are looked up by their subheading.
    CodeList(
        "product",
        "ref_product",
        "product_code",
        closed=f"NOT {IS_BUILTIN}",
        digits=SUBHEADING,
    ),
    CodeList("currency", "ref_currency", "currency"),
    CodeList("region", "ref_region", "region_code"),
)
CODE_LISTS: Mapping[str, CodeList] = {code_list.name: code_list for code_list in _LISTS}
