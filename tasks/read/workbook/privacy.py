"""Personal data that must never enter: which kind is in which column, and nothing else.

UU 27/2022 protects children's data in particular; this pipeline stores only aggregates and
organisations. Personal data are found by structure (an NIK contains its district and birth date),
by form, and by headers in three languages. Findings name the kind and the column, never the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from tasks.read.workbook.values import folded

SCAN_CELLS = 500  # of a text; long prose is scanned to here and refused above MAX_TEXT anyway

DIGITS = re.compile(r"(?<!\d)(?:\d[ .-]?){15}\d(?!\d)")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
PHONE = re.compile(r"(?<![\d.,])(?:\+?62|0)[ .-]?8\d{1,2}(?:[ .-]?\d{3,4}){2,3}(?![\d.,])")
PHONE_ABROAD = re.compile(
    r"(?<![\d.,])\+(?:81|61|65|60|66|84|1|44)[ .-]?\d(?:[ .-]?\d){7,11}(?!\d)"
)
PASSPORT = re.compile(r"(?<![A-Z0-9])[A-Z]{1,2}\d{7}(?![A-Z0-9])")
NISN = re.compile(r"\bnisn?\b\D{0,5}\d{4}", re.IGNORECASE)
BIRTH = re.compile(
    r"\b(?:tanggal|tgl\.?|tempat)[ /,]+(?:(?:dan )?(?:tanggal|tgl\.?) )?lahir"
    r"|(?<!hari )\blahir\b[ :]*(?:di |tanggal |tgl\.? |pada |\d)"
    r"|\bdate of birth\b|\bborn (?:on|in)\b|\bd\.?o\.?b\b|生年月日|\d日 ?生まれ",
    re.IGNORECASE,
)
# Officials are named by their office (Bapak Bupati); pupils and parents by these forms.
PERSON = re.compile(
    r"(?:\b(?:[Ss]dri?|[Ss]audar[ai]|[Aa]n)\.|\b(?:[Ss]dri?|[Ss]audar[ai])\b) ?[A-Z][a-z]"
    r"|\b(?:Mr|Mrs|Ms|Miss|Master)\b\.? [A-Z][a-z]"
)
# A quick first test: a text that does not match this matches none of the above.
SUSPECT = re.compile(
    r"@|\d(?:[ .-]?\d){6}|nis|lahir|\bborn|birth|d\.?o\.?b|生|sdr|saudar|\ban\."
    r"|\bm(?:r|s|iss|aster)",
    re.IGNORECASE,
)
FIGURE = re.compile(r"(?!0\d)[^\W\d_]{0,3}[.$¥]? ?-?\(?[\d.,]+\)?[-,%]* ?[^\W\d_]{0,8}")
PROVINCES = frozenset(
    {
        *range(11, 22),
        *range(31, 37),
        *range(51, 54),
        *range(61, 66),
        *range(71, 77),
        81,
        82,
        *range(91, 98),
    }
)

HEADERS = {
    "name": (
        "nama",
        "nama lengkap",
        "nama siswa",
        "nama peserta",
        "nama anak",
        "nama guru",
        "nama wali",
        "nama orang tua",
        "nama ayah",
        "nama ibu",
        "nama pendamping",
        "name",
        "full name",
        "first name",
        "last name",
        "surname",
        "given name",
        "student name",
        "participant name",
        "student",
        "siswa",
        "氏名",
        "名前",
        "姓名",
        "姓",
        "名",
        "児童名",
        "生徒名",
        "参加者名",
        "保護者名",
        "保護者",
    ),
    "nik": (
        "nik",
        "no ktp",
        "nomor ktp",
        "nomor induk kependudukan",
        "national id",
        "マイナンバー",
    ),
    "nisn": (
        "nisn",
        "nis",
        "nomor induk siswa",
        "nomor induk siswa nasional",
        "student id",
        "学籍番号",
    ),
    "passport": (
        "paspor",
        "no paspor",
        "nomor paspor",
        "passport",
        "passport number",
        "旅券番号",
        "パスポート",
    ),
    "birth_date": (
        "tanggal lahir",
        "tgl lahir",
        "ttl",
        "tempat tanggal lahir",
        "tempat/tanggal lahir",
        "date of birth",
        "birth date",
        "birthdate",
        "birthday",
        "dob",
        "umur",
        "usia",
        "age",
        "生年月日",
        "誕生日",
        "年齢",
    ),
    "phone": (
        "telepon",
        "no telepon",
        "nomor telepon",
        "no hp",
        "hp",
        "handphone",
        "whatsapp",
        "wa",
        "phone",
        "phone number",
        "mobile",
        "電話",
        "電話番号",
        "携帯",
    ),
    "e_mail": ("email", "e-mail", "surel", "メール", "メールアドレス"),
    "address": ("alamat", "alamat rumah", "address", "home address", "住所"),
    "photo": ("foto", "photo", "picture", "写真"),
    "sex": ("jenis kelamin", "sex", "gender", "性別"),
    "religion": ("agama", "religion", "宗教"),
}
_BY_HEADER = {name: kind for kind, names in HEADERS.items() for name in names}


def header_kind(header: object) -> str | None:
    """Kind of personal data that a header announces, or None."""
    text = re.sub(r"[\s_:.*]+", " ", folded(str(header)[:SCAN_CELLS])).strip()
    return _BY_HEADER.get(text)


def text_kind(text: str) -> str | None:
    """Kind of personal data that a text contains, or None."""
    if not SUSPECT.search(text):  # most cells by far
        return None
    text = text[:SCAN_CELLS]
    if EMAIL.search(text):
        return "e_mail"
    if any(is_nik(re.sub(r"\D", "", m.group())) for m in DIGITS.finditer(text)):
        return "nik"
    if PHONE.search(text) or PHONE_ABROAD.search(text):
        return "phone"
    if NISN.search(text):
        return "nisn"
    if PASSPORT.search(text):
        return "passport"
    if BIRTH.search(text):
        return "birth_date"
    if PERSON.search(text):
        return "name"
    return None


def is_nik(digits: str) -> bool:
    """Whether 16 digits are an NIK: district, birth date (40 is added to the day of a woman),
    serial number."""
    if len(digits) != 16 or int(digits[:2]) not in PROVINCES or digits[12:] == "0000":
        return False
    day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    day -= 40 if day > 40 else 0
    for century in (1900, 2000):
        try:
            date(century + year, month, day)
        except ValueError:
            continue
        return True
    return False


def kinds_in(cells: Iterable[object], *, are_figures: bool = False) -> set[str]:
    """Kinds of personal data in the distinct cells of one column.

    A figure of eleven digits is not a phone number. So among figures only the NIK is searched,
    which has a district and a birth date.
    """
    kinds: set[str] = set()
    for cell in cells:
        if isinstance(cell, str):
            kind = text_kind(cell)
            if kind and (kind == "nik" or not are_figures or not FIGURE.fullmatch(cell.strip())):
                kinds.add(kind)
        elif isinstance(cell, int | float) and not isinstance(cell, bool) and cell >= 10**9:
            kind = text_kind(str(int(cell)))
            if kind and (kind == "nik" or not are_figures):
                kinds.add(kind)
    return kinds
