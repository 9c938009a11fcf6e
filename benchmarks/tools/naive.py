"""What most would write: pandas, every row through Great Expectations, one Parquet file."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx
import pandas as pd
import requests

from benchmarks.tools.common import report

KEY = ["period", "reporterISO", "partnerISO", "flowCode", "classificationCode", "cmdCode"]


def main() -> None:
    url, folder, format_ = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    folder.mkdir(parents=True, exist_ok=True)
    answer = requests.get(url, timeout=600)
    if format_ == "json":
        frame = pd.DataFrame(answer.json()["data"])
    else:
        frame = pd.read_csv(io.BytesIO(answer.content), dtype={"cmdCode": str, "period": str})
    frame["primaryValue"] = pd.to_numeric(frame["primaryValue"], errors="coerce")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = (
        context.data_sources.add_pandas("bench")
        .add_dataframe_asset("flows")
        .add_batch_definition_whole_dataframe("flows")
        .get_batch({"dataframe": frame})
    )
    checks = gx.expectations
    suite = gx.ExpectationSuite(
        name="flows",
        expectations=[
            checks.ExpectColumnValuesToNotBeNull(column="primaryValue"),
            checks.ExpectColumnValuesToBeBetween(column="primaryValue", min_value=0),
            checks.ExpectColumnValuesToMatchRegex(column="period", regex=r"^\d{4}(0[1-9]|1[0-2])$"),
            checks.ExpectColumnValuesToMatchRegex(column="partnerISO", regex=r"^[A-Z]{3}$"),
            checks.ExpectColumnValuesToMatchRegex(column="cmdCode", regex=r"^\d{6}$"),
            checks.ExpectColumnValuesToBeInSet(column="flowCode", value_set=["X", "M"]),
        ],
    )
    result = batch.validate(suite, result_format={"result_format": "COMPLETE"})
    bad: set[int] = set()
    for one in result.results:
        bad.update(one.result.get("unexpected_index_list") or [])
    refused = frame.loc[sorted(bad)]
    refused.to_parquet(folder / "rejects.parquet")
    kept = frame.drop(index=sorted(bad))
    target = folder / "flows.parquet"
    if target.exists():
        kept = pd.concat([pd.read_parquet(target), kept]).drop_duplicates(KEY, keep="last")
    kept.to_parquet(target)
    report(len(kept), kept["primaryValue"].map(lambda v: round(v * 100)).sum() / 100, len(refused))


if __name__ == "__main__":
    main()
