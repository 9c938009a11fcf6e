"""Numbers that belong to a person: identity, tax, account and phone, however they are written.

Figures, dates, document numbers and customs codes are set aside first. What is left is cut into
groups of digits, and a number is looked for from one edge of a group to another, so that neither
the grouping nor the separators matter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from tasks.read.workbook.regex import regex


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


INVISIBLE = regex(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef]"
)
SPACE = regex(r"\s+")
DASH = regex(
    "[\u058a\u2010-\u2015\u2043\u2212\u2500\u2501\u30a0]|(?<=[0-9〇零○◯一二三四五六七八九])ー(?=[0-9〇零○◯一二三四五六七八九])"
)
KANJI = str.maketrans("〇零○◯一二三四五六七八九", "0000123456789")
ALIKE = regex(r"(?<![A-Za-z0-9])[0-9OolI]+(?![A-Za-z0-9])")
HAS_ALIKE = regex(r"\d[ ./_-]{0,3}[OolI]|[OolI][ ./_-]{0,3}\d")
ONE = str.maketrans("OolI", "0011")
# Digits in words: nol delapan satu dua 3456 7890.
DIGIT_WORDS = {
    "nol": "0", "kosong": "0", "satu": "1", "dua": "2", "tiga": "3", "empat": "4", "lima": "5",
    "enam": "6", "tujuh": "7", "delapan": "8", "sembilan": "9", "zero": "0", "one": "1",
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9",
}  # fmt: skip
SPELLED = regex(rf"\b(?:(?:{'|'.join(DIGIT_WORDS)})[ -]?){{3,}}(?![a-z])", re.IGNORECASE)

GAP = r"[ \-./_,()\[\]:;|'*~·•\\+]{0,5}"
RUN = regex(rf"\d(?:{GAP}\d)*")
GROUP = regex(r"\d+")
# What is no number of a person, although it has as many digits.
# In thousands: 1.234.567,89 and 1 234 567; with a plus and spaces it is a phone number abroad.
FIGURE = (
    r"(?<![\d.,])(?<!\d-)(?!0\d)\d{1,3}(?:(?P<s>[.,'])\d{3})(?:(?P=s)\d{3})+(?:(?!(?P="
    r"s))[.,]\d{1,2})?"
    r"(?![.,' ]?\d)"
    r"|(?<![\d.,+()])(?<!\d[-.])(?<!\d )(?<!\+ )(?!0\d)\d{1,3}(?: \d{3}){2,}(?:[.,]\d{1"
    r",2})?(?![.,' ]?\d)"
)
MONEY = (
    r"\b(?:rp|idr|usd|us\$|jpy|aud|eur|sgd)\.? ?\d[\d.,]*|[$¥€£] ?\d[\d.,]*|\d[\d.,]*\d ?(?:円"
    r"|万|億|ribu\b|juta\b|miliar\b|triliun\b|orang\b|unit\b|kg\b|ton\b|%)"
)
DAY = r"(?:0?[1-9]|[12]\d|3[01])"
YEAR = r"(?:19|20)\d\d"
DATE = (
    rf"(?<![\d+])(?<!\d[-./ ])(?:{DAY}(?P<d>[-./]){DAY}(?P=d){YEAR}"
    rf"|{YEAR}(?P<e>[-./]){DAY}(?P=e){DAY})"
    r"(?!\d)(?!(?:(?P=d)|(?P=e))\d)"
)
DATES = rf"{DAY}(?P<f>[-./]){DAY}(?P=f){YEAR} ?[-~ ] ?{DAY}(?P=f){DAY}(?P=f){YEAR}(?!\d)"
CLOCK = (
    r"(?<![\d.])[012]?\d[.:][0-5]\d ?(?:-|~|s/?d\.?|s\.d\.|sampai) ?[012]?\d[.:][0-5]\d(?![\d.])"
)
YEARS = rf"(?<![\d-])(?<!\d[ ./]){YEAR}(?: ?[-/,~ ] ?{YEAR})+(?! ?[-/,.]? ?\d)"
DOCUMENT = (
    r"(?<![\d/+(])(?!08[1-9]\d/\d)\d{1,4}(?:\.\d+)*/[\w.\-]+(?:/[\w.\-]+)*/(?:19|20)\d\d\b(?!/\d)"
)
CUSTOMS = (
    r"(?<![\d.])\d{4}\.\d\d(?:\.\d\d){1,2}(?![\d.-]?\d)"
    r"|(?<![\d.])\d{4}\.\d\d[.-]\d{3,4}(?![\d.-]?\d)"
)
BUDGET = r"(?<![\d.])\d(?:\.\d{1,2}){2,}(?:\.\d{2,4})*(?![\d.]?\d)"
ISBN = r"\b(?:isbn|issn)\b[ :]*[\dx -]+|(?<!\d)97[89][ -]\d{1,5}[ -]\d{1,7}[ -]\d{1,7}[ -]\d(?!\d)"
STANDARD = r"\b(?:r?sni|iso|iec|astm|jis)(?:[ /]*(?:iso|iec))?[ :]*[\d.:-]+"
STAMP = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[+-]\d\d:?\d\d|Z)?"
NO_DATE = regex("|".join((STAMP, ISBN, DATES, YEARS, DATE)), re.IGNORECASE)
# A number that ends with its year is a document's if separators differ: 050/1234/409.101/2025.
NO_DOCUMENT = regex(rf"(?=\d{{3}}/|[\d/]*\.){DOCUMENT}")
DECIMAL = r"(?<![\d.+])[1-9]\d{6,}\.\d{1,6}(?![\d.-])"  # 62852531481.607
NO_CODE = regex("|".join((DECIMAL, STANDARD, CLOCK, DOCUMENT, CUSTOMS, BUDGET)), re.IGNORECASE)
NO_FIGURE = regex(f"{MONEY}|{FIGURE}", re.IGNORECASE)

NIK_WORD = regex(r"\bnik\b|ktp|kependudukan|マイナンバー|個人番号", re.IGNORECASE)
NIP = regex(r"\bnip\b\D{0,8}(?:\d[ .-]?){17}\d|\bnip\b\D{0,8}(?:\d[ .-]?){8}\d", re.IGNORECASE)
NISN = regex(r"\b(?:nisn?|nim|nrp|npm)\b\D{0,5}\d{4}|学籍番号\D{0,3}\d{4}", re.IGNORECASE)
# Other numbers that an office, an insurance or a bank has for one person.
OWN_NUMBER = regex(
    r"\b(?:kitas|kitap|sim(?: ?[a-d])?|bpjs|jkn|kis|ssn|social security|nric|driving licen[cs]e"
    r"|driver'?s licen[cs]e|reisepass|asuransi|insurance)\b"
    r"(?:[ .:()/#=-]|\b(?:no|nomor|number|kesehatan|ketenagakerjaan|tk|peserta|kartu|card)\b)*"
    r"(?P<run>[A-Z]{0,3}\d[\dA-Z]*(?:[ .-]?[\dA-Z]*\d[\dA-Z]*){1,5})"
    r"|(?:マイナンバー|個人番号|在留カード|運転免許)[^\d]{0,6}?"
    r"(?P<other>[A-Z]{0,2}\d(?:[ -]?\d){7,13})",
    re.IGNORECASE,
)
# A place of business has the number of its owner and six digits more.
OFFICE = regex(r"\bnitku\b\D{0,8}\d(?:[ .-]?\d){15,21}(?!\d)", re.IGNORECASE)
CARD = regex(r"(?<![\d-])[3-6]\d{3}([ -])\d{4}\1\d{4}\1\d{4}(?![\d-])")
CARD_WORD = regex(
    r"\b(?:visa|master ?card|kartu kredit|credit card|kartu debit|debit card|jcb)\b\D{0,12}"
    r"(\d(?:[ -]?\d){12,18})(?!\d)|(?:クレジットカード|カード番号)\D{0,4}(\d(?:[ -]?\d){12,18})",
    re.IGNORECASE,
)
PASSPORT = regex(r"(?<![A-Z0-9./_-])[A-Z]{1,2}\d{7}(?![A-Z0-9./_-]?[A-Z0-9])")
PASSPORT_WORD = regex(
    r"(?:pasport?|passport|splp|旅券|パスポート)[^\d]{0,16}?(?<![A-Z])[A-Z]{0,2}[ -]?\d"
    r"(?:[ -]?\d){4,8}(?!\d)",
    re.IGNORECASE,
)
TAX_WORD = regex(
    r"n\.?p\.?w\.?p|nitku|\btin\b|tax (?:id|number)|wajib pajak|納税者番号", re.IGNORECASE
)
BANKS = (
    r"bank|bri|bca|bni|mandiri|jatim|bsi|btn|bpr|cimb|niaga|danamon|permata|maybank|ocbc|syariah"
)
ACCOUNT = regex(
    r"(?<!kode )(?<!kd )(?<!kd\. )(?<!jumlah )(?<!uraian )(?<!nama )"
    r"(?:\b(?:no(?:mor)?\.? ?)?(?:norek|rek(?:ening)?)\b|\b(?:account|acct?)\b(?=\.? ?(?:no"
    r"|num|#|:))"
    r"|\ba/c\b|\biban\b|口座(?:番号)?|普通預金|(?:銀行|支店|金庫|農協) ?(?:普通|\([普当]\))"
    r"|当座預金)"
    rf"(?:[ .:()/#,=-]|\b(?:no|nomor|number|num|unit|cabang|tabungan|giro|adalah|is|{BANKS})\b"
    r"|\b(?:unit|cabang|kcp|kc|capem|branch) [a-z]+(?= \d)|番号|は|普通|当座"
    r"|[a-z]{2}(?=\d\d))*(?P<run>\d(?:[ ._-]{0,3}[\da-z]?\d)*)",
    re.IGNORECASE,
)
# Marks of a bank's branch, with the account beside them.
BRANCH = regex(
    r"(?<![\d.-])\d{4}-\d\d-\d{6}-\d\d-\d(?![\d-])"
    r"|\bbsb\b\W{0,3}\d{3}[- ]?\d{3}\b|記号\W{0,2}\d{5}\W{0,3}番号\W{0,2}\d",
    re.IGNORECASE,
)
THOUSANDS = regex(r"[1-9]\d{0,2}[.,]\d{3}(?:[.,]\d{3})?")
AT_BANK = regex(
    r"\b(?P<bank>bri|bca|bni|mandiri|jatim|bsi|btn|cimb niaga|danamon)\b(?: ?\(\d{3}\)| no\b)?"
    r"[ :.,()-]{0,4}"
    r"(?P<run>\d(?:[ .-]?\d)+)",
    re.IGNORECASE,
)
LENGTHS = {"bri": {15}, "mandiri": {13}, "btn": {16}}  # of accounts; ten digits elsewhere
CALL = regex(
    r"(?:\b(?:te?lp?n?|tlp|telp?on|telepon|telephone|phones?|ph|hp|handphone|no ?hp|wa|whatsapp"
    r"|whats app|mobile|sms|call|fax|faks|faksimile|hub|hubungi|dihubungi|kontak|contact"
    r"|contact person|cp|narahubung|ponsel)\b"
    r"|電話(?:番号)?|携帯(?:電話)?|ファックス|連絡先|☎|📞)"
    r"(?:[ .:()/#,=-]|\b(?:no|nomor|number|num|at|on|di|ke|us|me|hp|wa|telp|kami|rumah"
    r"|kantor|pribadi|aktif)\b|番号|は)*"
    r"(?P<run>\+?\d(?:[ \-./_()]{0,4}\d)*)",
    re.IGNORECASE,
)
OWN_ZERO = regex(r"(?<=\d)\)? ?\(0\) ?")  # +62 (0)812
CALLED_AFTER = regex(
    r"(?<![\d.,-])\+?\d(?:[ \-./]{0,2}\d){8,14} ?\(?(?:whatsapp|wa|hp|telp|call|mobile|sms)\b",
    re.IGNORECASE,
)
MOBILE = regex(r"08(?:1[1-9]|[235789]\d)\d{6,9}")
EATEN = regex(r"(?:62)?8[1235789]\d{8,10}")
EATEN_SHORT = regex(r"8[1235789]\d{7}")
PHONE_RUN = regex(r"[+(]{0,3}\d(?:(?:[ \-./_()\[\]+*~·•]{0,5}|,)\d)*")
CODES = _words(
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62"
    " 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 212 213 216 218 220 221 225 233 234 237 249"
    " 250 251 254 255 256 258 260 263 264 351 352 353 354 355 356 358 359 370 371 372 373 374"
    " 375 376 380 381 385 386 387 420 421 670 672 673 674 675 676 677 678 679 680 682 685 687"
    " 689 850 852 853 855 856 880 886 960 961 962 963 964 965 966 967 968 970 971 972 973 974"
    " 975 976 977 992 993 994 995 996 998"
)
EXACT = {
    "1": (11, 11), "7": (11, 11), "62": (9, 14), "81": (11, 12), "61": (11, 11),
    "65": (10, 10), "60": (10, 12), "66": (10, 11), "84": (11, 12), "86": (11, 13),
}  # fmt: skip
ANY = (9, 14)
PROVINCES = frozenset(
    (*range(11, 20), 21, *range(31, 37), *range(51, 54), *range(61, 66), *range(71, 77), 81, 82,
     *range(91, 98))
)  # fmt: skip
MOST = 24  # groups of digits in a row


def tidied(text: str) -> str:
    """Text with plain letters and digits (NFKC), plain spaces and hyphens, nothing invisible."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text))
        text = DASH.sub("-", INVISIBLE.sub("", text)).replace("〜", "~")
    return SPACE.sub(" ", text)


def digits_mended(text: str) -> str:
    """Tidied text whose digits are ASCII: kanji, other scripts, letters written for digits."""
    if not text.isascii():
        text = text.translate(KANJI)
        text = re.sub(r"\d", lambda m: str(unicodedata.digit(m.group())), text)
    if SPELLED.search(text):
        text = SPELLED.sub(lambda m: "".join(map(_in_digits, m.group().split())) + " ", text)
    if HAS_ALIKE.search(text):
        text = ALIKE.sub(_without_letters, text)
    return text


def _in_digits(words: str) -> str:
    return "".join(DIGIT_WORDS[word] for word in words.lower().split("-") if word)


def _without_letters(match: re.Match[str]) -> str:
    token = match.group()
    return token if len(token) == 1 and token.isalpha() else token.translate(ONE)


def is_nik(digits: str) -> bool:
    """Whether 16 digits are an NIK: district, birth date (40 is added to the day of a woman),
    serial number."""
    return len(digits) == 16 and digits[12:] != "0000" and has_district_and_birth(digits)


def has_district_and_birth(digits: str) -> bool:
    """Whether digits begin as an NIK does. Of a number cell Excel keeps 15 digits: the serial
    number 0007 becomes 0000."""
    if int(digits[:2]) not in PROVINCES or digits[2:4] == "00" or digits[4:6] == "00":
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


def number_kind(written: str) -> str | None:
    """Kind of the first number of a person in a tidied text, or None."""
    text = digits_mended(written)
    taxed = TAX_WORD.search(text)
    rest = NO_DOCUMENT.sub("#", NO_DATE.sub("#", text))
    plain = rest if taxed or NIK_WORD.search(text) else NO_FIGURE.sub("#", rest)
    for digits, sizes in _windows(plain):
        if (kind := _identity(digits, sizes)) and not (taxed and kind == "nik"):
            return kind
        if taxed and len(digits) in (9, 15, 16):
            return "tax_number"
    if OFFICE.search(rest):
        return "tax_number"
    return _other_number(written, text, rest)


def _other_number(written: str, text: str, rest: str) -> str | None:
    if NIP.search(text):
        return "nik"
    if NISN.search(text):
        return "nisn"
    if any(map(_is_own, OWN_NUMBER.finditer(NO_FIGURE.sub("#", rest)))):
        return "nik"
    if CARD_WORD.search(text) or any(map(_is_card, CARD.finditer(text))):
        return "bank_account"
    rest = NO_CODE.sub("#", rest)
    if _is_account(rest):
        return "bank_account"
    rest = OWN_ZERO.sub(" ", rest)
    if _is_phone_in(NO_FIGURE.sub("#", rest)):
        return "phone"
    if PASSPORT.search(written) or PASSPORT_WORD.search(text):
        return "passport"
    return None


def _is_own(match: re.Match[str]) -> bool:
    """Whether what follows the word for a person's number is one, not a figure or a year."""
    if match["other"]:
        return True
    run = match["run"]
    digits = re.sub(r"\D", "", run)
    return len(digits) >= 7 or (len(digits) >= 5 and digits != run and not run[-1:].isspace()
                                and bool(re.search("[A-Z]", run)))  # fmt: skip


def _is_card(match: re.Match[str]) -> bool:
    """Whether the check digit of sixteen digits is the one of a card (Luhn)."""
    digits = [int(c) for c in match.group() if c.isdigit()]
    doubled = [d if n % 2 else sum(divmod(2 * d, 10)) for n, d in enumerate(digits)]
    return sum(doubled) % 10 == 0


def _windows(text: str) -> Iterator[tuple[str, list[int]]]:
    """Digits of each 9 to 18 that begin and end at the edge of a group, with sizes of groups."""
    for run in RUN.finditer(text):
        if run.end() - run.start() < 9:
            continue
        groups = GROUP.findall(run.group())
        if len(groups) > MOST:  # a list of codes
            groups = [g for g in groups if len(g) > 8]
            yield from ((g, [len(g)]) for g in groups)
            continue
        for first in range(len(groups)):
            digits = ""
            for last in range(first, len(groups)):
                digits += groups[last]
                if len(digits) > 18:
                    break
                if len(digits) >= 9:
                    yield digits, [len(g) for g in groups[first : last + 1]]


def _identity(digits: str, sizes: list[int]) -> str | None:
    if len(digits) == 16:
        if is_nik(digits):
            return "nik"
        whole = len(sizes) == 1 or (sizes == [4, 4, 4, 4] and digits[:2] != "08")
        return "tax_number" if whole and digits[0] == "0" and digits[1] != "0" else None
    if len(digits) == 15 and sizes == [2, 3, 3, 1, 3, 3]:
        return "tax_number"
    return None


def _is_account(text: str) -> bool:
    if BRANCH.search(text):
        return True
    for match in ACCOUNT.finditer(text):
        if THOUSANDS.fullmatch(match["run"]):
            continue
        if 6 <= len(re.sub(r"\D", "", match["run"])) <= 24:
            return True
    for match in AT_BANK.finditer(text):
        digits = re.sub(r"\D", "", match["run"])
        if len(digits) in LENGTHS.get(match["bank"].lower(), {10}) and not digits.endswith("000"):
            return True
    return False


def _is_phone_in(text: str) -> bool:
    for call in CALL.finditer(text):
        if 6 <= len(re.sub(r"\D", "", call["run"])) <= 15:
            return True
    if CALLED_AFTER.search(text):
        return True
    return any(_phone_in_run(run.group()) for run in PHONE_RUN.finditer(text))


def _phone_in_run(run: str) -> bool:
    places = [(m.start(), m.end()) for m in GROUP.finditer(run)]
    for first, (start, _) in enumerate(places):
        before = run[places[first - 1][1] : start] if first else run[:start]
        if first and not re.search(r"[ (/+\[]", before):
            continue  # a part of a figure
        for last in range(first, len(places)):
            groups = [run[a:b] for a, b in places[first : last + 1]]
            size = sum(map(len, groups))
            if size > 15:
                break
            gaps = [
                run[b:c]
                for (_, b), (c, _) in zip(places[first:last], places[first + 1 :], strict=False)
            ]
            if size >= 9 and _is_phone(
                "+" in before and not (first and before == "+"), groups, gaps
            ):
                return True
    return False


def _is_phone(plus: bool, groups: list[str], gaps: list[str]) -> bool:
    digits = "".join(groups)
    if plus:
        return _is_abroad(digits)
    if digits.startswith(("0062", "0081", "0061", "0065", "0060")):
        return _is_abroad(digits[2:])
    if MOBILE.fullmatch(digits):
        return True
    if digits.startswith("62"):
        national = "0" + digits[2:]
        return bool(MOBILE.fullmatch(national)) or (
            groups[0] == "62"
            and set(gaps) != {"."}
            and len(groups) > 2
            and bool(re.fullmatch(r"0[2-79]\d{7,9}", national))
        )
    return _is_national(digits, groups, gaps)


def _is_national(digits: str, groups: list[str], gaps: list[str]) -> bool:
    """With the area's code and its zero, in Indonesia or Japan."""
    if digits[0] != "0" or digits[1] == "0" or any("," in g for g in gaps):
        return False
    if re.fullmatch(r"0[5789]0\d{8}", digits):  # a Japanese mobile
        return True
    if sum("/" in g for g in gaps) > 1 or (len(groups) > 1 and "/" in "".join(gaps[1:])):
        return False
    if len(groups) == 1:
        # Of customs: 0306170000, 0301119300. No area's code begins so, but for 04, 07 and 09.
        no_area = digits[2] == "0" and (digits[1] in "23568" or digits.endswith("000"))
        no_area |= digits.startswith("081")
        is_code = digits.endswith("0000") or (len(digits) == 10 and no_area)
        return len(digits) in (10, 11) and digits[1] != "1" and not is_code
    if not 2 <= len(groups[0]) <= 4 or len(groups) > 4 or min(map(len, groups[1:])) < 2:
        return False
    if all(re.fullmatch(YEAR, g) for g in groups[1:]):
        return False
    if len(digits) == 10:
        return True
    local = len(digits) - len(groups[0])
    return digits[1] in "2345679" and len(groups[0]) >= 3 and 5 <= local <= 8 and len(groups) <= 3


def _is_abroad(digits: str) -> bool:
    """With the country's code, after a plus."""
    code = next((digits[:n] for n in (1, 2, 3) if digits[:n] in CODES), None)
    if code is None:
        return False
    least, most = EXACT.get(code, ANY)
    return least <= len(digits) <= most and not digits.endswith("0000")
