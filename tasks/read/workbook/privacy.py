"""Personal data that must never enter: which kind is in which column, and nothing else.

UU 27/2022 protects children's data in particular; this pipeline stores only aggregates and
organisations. Personal data are found by structure (an NIK contains its district and birth date),
by form, and by headings in three languages, after the text has been brought to one form. Findings
name the kind and the column, never the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tasks.read.workbook import person_words as words
from tasks.read.workbook.person_headings import (
    BUDGETS,
    BY_HEADING,
    COUNTING,
    ENDS,
    GROUPS,
    NO_DOERS,
    ROLES,
    TELLING,
    TOTALS,
    UNSURE,
    WITH,
)
from tasks.read.workbook.person_numbers import (
    EATEN,
    EATEN_SHORT,
    digits_mended,
    has_district_and_birth,
    is_nik,
    number_kind,
    tidied,
)
from tasks.read.workbook.regex import regex

__all__ = ["column_kind", "header_kind", "is_nik", "kinds_in", "text_kind"]

MAX_HEADING = 200
PIECE, OVERLAP = 800, 120  # characters
FIGURE = regex(r"(?!0\d)[^\W\d_]{0,3}[.$¥]? ?-?\(?[\d.,]+\)?[-,%]* ?[^\W\d_]{0,8}")
# ASCII text as words in lower case, with a zero for each digit and a space for the rest.
AS_WORDS = "".join(
    chr(n).lower() if chr(n).isalpha() else "0" if chr(n).isdigit() else " " for n in range(128)
)
LONG = regex(r"\d(?:[^A-Za-z\n]{0,5}[\dOolI|]){5}")
# 1. Sutini 2. Suparti; Siti Marfuah, Bagus Aditya
LISTED = regex(
    r"(?:[\da-h][.)]|[-*]) ?[A-Z][a-z'’]+[ ,;].*(?:[\da-h][.)]|[-*]) ?[A-Z][a-z]"
    r"|[A-Z][a-z'’]+ [A-Z][^\d()]*(?:,|;| dan | and | & )[^\d()]*(?:,|;| dan | and | & )[^\d()]*$"
    r"|[A-Z][a-z'’]+ [A-Z][a-z A-Z'’.]*, \d\d$"
)
PLAIN = regex(
    r"(?:19|20)\d\d-[01]\d(?:-[0-3]\d)?|-?[1-9]\d{0,2}(?:(?:,\d{3}){1,5}|(?:\.\d{3}){1,5})(?:[.,]\d+)?|-?(?!0\d)\d{1,9}\.\d+(?:[eE]-?\d+)?"
)
# A text in other letters: kanji and kana that announce a person, or any long number.
OTHER = regex(
    "[★☆様氏殿君歳才生誕担電携口座旅籍者先〇零@＠]|さん|さま|くん|ちゃん|名前|女史|預金|責任|連絡|引率|講師|窓口|通訳|マイナンバー|パスポート|ファックス|アット|あっと|インスタ|ツイッター|フェイスブック|ライン|代表|取締役|社長|[校市学町村館会部課係次店団所]長|教[授員諭]|署名|専務|常務|監督|選手|[男女性子\\d]\\)|記号|☎|📞"
)
NUMBERING = regex(
    r"^no\.? ?\d+\W+|^\W*(?:(?:\d{1,3}[.):-]|(?:[ivx]{1,4}|[a-z])[.):])\s*)+|^\(\w{1,3}\)\s*"
    r"|^[(\[]?\d{1,3}[)\]]?\s+"
)
# A unit in brackets: what the heading names is counted.
COUNTED = regex(
    r"[(\[（](?:[^)]*(?:kelompok|golongan|rentang|groups?|range|class)[^)]*|orang|org|jiwa|unit|buah|%|persen|people|persons?|jumlah[^)]*|人|名|件|台)[)\]）]"
)
BRACKETS = regex(r"[(\[{<【「（].*?[)\]}>】」）]|[(\[{【（].*$")
PARTS = regex(r"[/|()\[\]{}【】「」・\n&+]|\s-\s")
DOER = regex(r"pe[lmnr][a-z]{3,}(?<!an)(?<!ma)")
LONGEST = 8  # words of a heading; a longer one is a title
HONORIFICS = regex(r"\s+(?:wajib|diisi|required|optional|opsional|必須|任意)$")
CLASS = regex(
    r"\d\s*(?:-|~|–|s/?d|sampai|to|から|歳?以上|歳?以下|歳?未満|\+)|[<>≤≥＜＞]\s*\d|ke atas"
    r"|ke bawah|and over|or more"
    r"|and above|under \d|over \d|\d\s*\+|代$|歳以上|未満",
    re.IGNORECASE,
)
AGE = regex(r"\d{1,3}\s*(?:th|thn|tahun|years?(?: old)?|y\.?o\.?|歳|才)?\.?", re.IGNORECASE)
NUMBER = regex(r"[-+(]?[\d.,]+\)?%?|-|–|…|\.\.\.?")
DOING = regex(r"\b[Pp]e[a-z]{4,}[a-z ]{0,24}: ?[A-Z]")  # Pelatih tari: Endang
BESIDE = regex(r"\((?:[LPMF]\w* ?[/,;] ?[1-9]\d|[1-9]\d\))")  # an age beside a name or a sex
KANJI_KANA = regex("[一-龥ぁ-んァ-ヶ]")
OLDEST = 110
# What names somebody in a heading of more words.
SOMEBODY = re.compile(
    r"^(?:penanggung jawab|tanda tangan)\b|\b(?:(?:contact|kontak) person|orang ?tua)\b"
)
OF_FIRMS = re.compile(
    r"\((?:nama )?(?:perusahaan|company|firm|lembaga|instansi|badan usaha|organi[sz]ation|会社)\b"
)
SHORT_NUMBER = 6  # digits
SHORTEST = 9  # digits of a number that needs no word beside it
MANY, FEW = 20, 0.1


def header_kind(header: object) -> str | None:
    """Kind of personal data that a heading announces, whatever its numbering, punctuation and
    tail in another language; None for other headings. See `column_kind` for ages and sexes."""
    return _announced(header)[0]


def _announced(header: object) -> tuple[str | None, str]:
    """Kind that a heading announces, and the part of it that does."""
    text = tidied(str(header)[:MAX_HEADING]).strip().casefold()
    if not text or "://" in text or text in TOTALS or COUNTED.search(text) or OF_FIRMS.search(text):
        return None, ""
    for candidate in _readings(text):
        if kind := BY_HEADING.get(candidate):
            return kind, candidate
    return _telling(text), text


def _readings(text: str) -> Iterable[str]:
    """The heading as it is, without its numbering and brackets, and each of its parts."""
    yield _bare(text)
    text = NUMBERING.sub("", text)
    yield _bare(text)
    without = BRACKETS.sub(" ", text)
    yield _bare(without)
    counting = COUNTING - {"number"}
    if len(text.split()) > LONGEST:
        return
    for part in PARTS.split(text):  # what counts stands before what it counts
        if not counting.isdisjoint(_bare(part).split()):
            return
        yield _bare(part)


def _bare(text: str) -> str:
    bare = HONORIFICS.sub("", " ".join(re.sub(r"[\W_]+", " ", text).split()))
    spaced = all(len(letter) == 1 for letter in bare.split()) and len(bare) > 3  # N I K
    return bare if bare.isascii() and not spaced else bare.replace(" ", "")


def _telling(text: str) -> str | None:
    """Kind of a heading of two to five words of which one is telling, and none counts."""
    if not text.isascii():
        bare = _bare(BRACKETS.sub("", text))
        return next((kind for end, kind in ENDS.items() if bare.endswith(end)), None)
    text = NUMBERING.sub("", text)
    found = _bare(text.replace("e-mail", "email")).split()
    if not 2 <= len(found) <= 5 or not COUNTING.isdisjoint(found) or re.search(r"\d", text):
        return None
    if SOMEBODY.search(" ".join(found)):
        return "name"
    if found[0] == "nama" and found[1] in ("lengkap", "terang", "jelas"):
        del found[1]
    if (found[0] == "nama" and found[1:2] and _is_doer(found[1])) or (
        "name" in (found[0], found[-1]) and not ROLES.isdisjoint(found)
    ):
        return "name"
    if found[-1] in ("contact", "contacts", "kontak") and not ROLES.isdisjoint(found):
        return "name"
    for word in found:
        if word == "rekening" and not BUDGETS.isdisjoint(found):
            continue
        if word in TELLING and (len(word) > 3 or word in ("nik", "ktp", "dob") or _is_about(found)):
            return TELLING[word]
    return None


def _is_doer(word: str) -> bool:
    return word in ROLES or bool(DOER.fullmatch(word) and word not in NO_DOERS)


def _is_about(found: list[str]) -> bool:
    """Whether a heading with a short word (HP, WA) has only words that go with it."""
    return all(word in TELLING or word in WITH for word in found)


def column_kind(header: object, cells: Iterable[object]) -> str | None:
    """Kind of personal data of a column whose heading announces it, unless its cells refute it.

    Ages and sexes over totals, figures under `Agama`, and a state that is called WA are no
    personal data. For a column that no contract declares, call this with its heading (each text
    of it, where the heading row is not known) and its distinct cells, which may include the
    heading; `kinds_in` looks at the cells themselves.
    """
    kind, part = _announced(header)
    if kind is None:
        return None
    own = _folded(header)
    found = [cell for cell in cells if _folded(cell) not in ("", own)]
    if not found:
        return kind
    if kind in ("sex", "religion"):
        return None if _are_totals(found) else kind
    if kind == "birth_date" and _bare(own) in BY_HEADING and "lahir" not in own:
        return None if _are_classes(found) and not _are_dates(found) else kind
    return None if _refuted(kind, part, found) else kind


def _folded(cell: object) -> str:
    return tidied(str(cell)).strip().casefold() if cell is not None else ""


def _are_totals(cells: list[object]) -> bool:
    texts = {_folded(cell) for cell in cells}
    if not texts.isdisjoint(TOTALS) or any(_is_number(cell) for cell in cells):
        return True
    return texts.isdisjoint(GROUPS)


def _are_classes(cells: list[object]) -> bool:
    """Whether ages are classes or the column holds a measure."""
    texts = [_folded(cell) for cell in cells]
    if any(text in TOTALS or CLASS.search(text) for text in texts):
        return True
    numbers = [float(n) for text in texts if (n := re.fullmatch(r"\d+(?:\.\d+)?", text) and text)]
    if any(n > OLDEST or n != int(n) for n in numbers):
        return True
    return not any(AGE.fullmatch(re.sub(r"\.0$", "", text)) for text in texts)


def _are_dates(cells: list[object]) -> bool:
    return any(re.search(r"\b(?:19|20)\d\d\b", str(cell)) for cell in cells)


def _is_number(cell: object) -> bool:
    if isinstance(cell, bool):
        return False
    return isinstance(cell, int | float) or bool(NUMBER.fullmatch(_folded(cell)))


def _refuted(kind: str, part: str, cells: list[object]) -> bool:
    """Whether cells under a heading that also means other things are not of this kind."""
    texts = [tidied(str(cell)).strip() for cell in cells]
    if kind in ("name", "address", "photo", "handle", "e_mail") and all(map(_is_number, cells)):
        return True
    if kind in ("phone", "nik", "nisn", "bank_account", "tax_number") and all(
        map(_is_number, cells)
    ):
        return max(len(re.sub(r"\D", "", text)) for text in texts) < 6
    if _bare(part) not in UNSURE:
        return False
    if kind == "name":
        share = sum(words.has_given_name(text.split() or [""]) for text in texts) / len(texts)
        if len(texts) >= MANY and share < FEW and not any(map(KANJI_KANA.search, texts)):
            return True  # names of places or products
        return not any(_like_name(text) for text in texts)
    if kind in ("phone", "nik", "nisn", "bank_account"):
        return not any(len(re.sub(r"\D", "", text)) >= 6 for text in texts)
    return False


def _like_name(text: str) -> bool:
    split = text.split()
    if not text.isascii():
        return bool(
            re.fullmatch(r"[一-龥々ぁ-んァ-ヶー]{1,5}[ 　]?[一-龥々ぁ-んァ-ヶー]{1,6}", text)
        )
    return (
        words.has_given_name(split or [""])
        or words.looks_like_name(split)
        or words.name_is_there(text)
    )


def text_kind(text: str) -> str | None:
    """Kind of personal data that a text contains, or None."""
    if text.isascii():
        if not _is_suspect_ascii(text):  # most cells by far
            return None
        return _kind(tidied(text))
    text = tidied(text)
    return _kind(text) if _is_suspect(text) else None


def _is_suspect_ascii(text: str) -> bool:
    """A quick first test: other texts have no number of six digits, no @ and no telling word."""
    digits = text.replace(".", "").replace(",", "")
    if digits.isdecimal() and (
        len(digits) < SHORTEST or (len(digits) < 15 and digits[0] != "0" and digits[:2] != "62")
    ):
        return False
    plain = text.translate(AS_WORDS)
    if plain.count("0") > 3 and LONG.search(text):
        return not PLAIN.fullmatch(text)
    return (
        "@" in text
        or bool(":" in text and (DOING.search(text) or words.has_given(plain.split())))
        or bool("(" in text and BESIDE.search(text))
        or bool(len(text) <= MAX_HEADING and LISTED.match(text) and words.has_given(plain.split()))
        or not words.WORDS.isdisjoint(plain.replace("0", " ").split())
    )


def _is_suspect(text: str) -> bool:
    return bool(
        OTHER.search(text)
        or LONG.search(digits_mended(text))
        or "@" in text
        or not words.WORDS.isdisjoint(re.findall(r"[a-z]+", text.lower()))
    )


def _kind(text: str) -> str | None:
    """Kind in a tidied text, of which long ones are searched piece by piece: the time that a
    pattern needs may grow with the square of the length."""
    pieces = (
        text[at : at + PIECE] for at in range(0, max(len(text) - OVERLAP, 1), PIECE - OVERLAP)
    )
    return next((kind for piece in pieces if (kind := _kind_of_piece(piece))), None)


def _kind_of_piece(text: str) -> str | None:
    if words.E_MAIL.search(text):
        return "e_mail"
    if kind := number_kind(text):
        return kind
    if words.birth_is_there(text):
        return "birth_date"
    if words.handle_is_there(text):
        return "handle"
    return "name" if words.name_is_there(text) else None


def kinds_in(cells: Iterable[object], *, are_figures: bool = False) -> set[str]:
    """Kinds of personal data in the distinct cells of one column.

    A cell of digits only may be a figure, a code or a phone number without its zero: the column
    decides, for a figure rarely has the length and the beginning of all the others. Among figures
    only the NIK is searched, which has a district and a birth date.
    """
    kinds: set[str] = set()
    bare: list[str] = []
    for cell in cells:
        if type(cell) is str and len(cell) <= SHORT_NUMBER and cell.isdecimal():
            continue  # most codes: too few digits for any number of a person
        if isinstance(cell, bool):
            continue
        if isinstance(cell, int | float):
            if cell >= 10**6 and cell == cell and cell != float("inf"):
                bare.append(str(int(cell)))
                kinds |= _of_number(int(cell), are_figures)
            continue
        if not isinstance(cell, str):
            continue
        kind = text_kind(cell)
        if kind in ("phone", None) and (digits := _digits_only(cell)):
            bare.append(digits)
        elif kind and (kind == "nik" or not are_figures or not FIGURE.fullmatch(cell.strip())):
            kinds.add(kind)
    if not are_figures and _are_phones(bare):
        kinds.add("phone")
    return kinds


def _digits_only(text: str) -> str:
    stripped = text.strip()
    digits = stripped.removesuffix(".0")
    return digits if len(digits) >= 7 and digits.isdecimal() and digits.isascii() else ""


def _of_number(number: int, are_figures: bool) -> set[str]:
    digits = str(number)
    if len(digits) != 16:
        return set()
    found = is_nik(digits) or (not are_figures and has_district_and_birth(digits))
    return {"nik"} if found else set()


def _are_phones(numbers: list[str]) -> bool:
    """Whether four of five numbers of a column have the form of a phone number."""
    alike = sum(_is_like_phone(digits, len(numbers) > 2) for digits in numbers)
    return alike > 0 and alike >= 0.8 * len(numbers)


def _is_like_phone(digits: str, several: bool) -> bool:
    if digits.endswith("000"):
        return False
    if EATEN.fullmatch(digits) or (several and EATEN_SHORT.fullmatch(digits)):
        return True
    is_long = len(digits) >= SHORTEST
    return is_long and digits[0] == "0" and number_kind(digits) == "phone"
