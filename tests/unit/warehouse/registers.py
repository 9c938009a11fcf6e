"""Entries of the registers, each with what it needs to be counted; `more` changes it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.unit.warehouse.conftest import Small

YEAR = date(2025, 1, 1)
OWN = {"region_code": "3505"}
SUMMER = date(2025, 7, 1)


def today(small: Small, day: str = "2026-01-01") -> None:
    """The day of the newest load, from which marts count."""
    small.insert("ops_load", recorded_at=f"{day} 00:00:00+00")


def agreement(small: Small, number: str = "A-1", signed: date | None = YEAR, **more: Any) -> None:
    sender = str(more.pop("sender", ""))
    until, stage = more.pop("valid_to", None), more.pop("stage", "penandatanganan")
    small.insert("core_cooperation__agreements", **{
        **OWN, "source": f"{sender}agreements", "agreement_id": number, "partner_area": "JPN",
        "title_id": "Kota kembar", "title_en": "Sister city", "notice_days": 0,
        "auto_renew": False, **more})  # fmt: skip
    if signed is not None:
        small.insert("core_cooperation__stage_events", **{
            **OWN, "source": f"{sender}stage_events", "event_id": f"{number}-S",
            "agreement_id": number, "stage": stage, "event_date": signed,
            "valid_to": until})  # fmt: skip


def activity(small: Small, number: str = "G-1", **more: Any) -> None:
    small.insert("core_cooperation__activities", **{
        **OWN, "source": "activities", "activity_id": number, "agreement_id": "A-1",
        "planned_date": SUMMER, "status": "done", **more})  # fmt: skip


def cohort(small: Small, number: str = "1", people: int | None = 10, **more: Any) -> None:
    small.insert("core_exchange__programmes", **{
        **OWN, "source": "exchange_programmes", "source_org": "school", "programme_id": "X",
        "cohort_id": number, "partner_area": "JPN", "direction": "out", "start_date": SUMMER,
        "days": 10, "participants_female": people,
        "participants_male": None if people is None else 0,
        "value_status": "suppressed" if people is None else "observed", **more})  # fmt: skip


def exhibition(small: Small, number: str = "P-1", **more: Any) -> None:
    small.insert("core_promotion__exhibitions", **{
        **OWN, "source": "exhibitions", "event_id": number, "title": "Pameran",
        "start_date": SUMMER, **more})  # fmt: skip


def deal(small: Small, number: str = "1", value: Any = None, **more: Any) -> None:
    small.insert("core_promotion__deals", **{
        **OWN, "source": "deals", "event_id": "P-1", "deal_id": number, "buyer_area": "JPN",
        "buyer_ref": f"B-{number}", "status": "paid", "status_date": SUMMER,
        "currency": "IDR", "value": None if value is None else Decimal(value), **more})  # fmt: skip


def forum(small: Small, number: str = "F-1", **more: Any) -> None:
    small.insert("core_promotion__forums", **{
        **OWN, "source": "forums", "forum_id": number, "title": "Forum", "place_area": "JPN",
        "start_date": SUMMER, **more})  # fmt: skip


def lead(small: Small, number: str = "I-1", value: Any = None, **more: Any) -> None:
    small.insert("core_investment__leads", **{
        **OWN, "source": "investment_leads", "lead_id": number, "investor_area": "JPN",
        "stage": "visit", "stage_date": SUMMER, "currency": "IDR",
        "value": None if value is None else Decimal(value), **more})  # fmt: skip


def rate(small: Small, base: str, value: int, day: date = SUMMER) -> None:
    small.insert(
        "core_exchange__rates", source="bank", rate_date=day, base_currency=base,
        quote_currency="IDR", rate_type="middle", rate=Decimal(value),
    )  # fmt: skip


def course(small: Small, number: str = "L-1", passed: int | None = 10, **more: Any) -> None:
    small.insert("core_capacity__training", **{
        **OWN, "source": "training", "course_id": number, "period_start": YEAR,
        "topic": "diplomasi", "language": "ja", "participants": 20, "passed": passed,
        **more})  # fmt: skip


def indicator(small: Small, name: str, year: int, value: Any, **more: Any) -> None:
    small.insert("core_context__indicators", **{
        "source": "bps", "indicator": name, "area": "IDN", "region_code": "TOTAL",
        "frequency": "A", "period_start": YEAR.replace(year=year), "unit": "index",
        "value": Decimal(value), **more})  # fmt: skip
