"""Readers of CSV, SDMX-CSV and SDMX-ML beside what most would use: pandas, and sdmx1.

Inputs have the shapes of recorded answers: Comtrade's nine columns of text, an SDMX-CSV with its
attributes, structure-specific series. CPU is that of the reading alone, in a process of its own,
imports left out on both sides: every column as text, the value as a number, nothing stored. Memory
is the process's. Both must return the same rows and total.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ROWS = {"csv": 1_000_000, "sdmx-csv": 500_000, "sdmx-ml": 100_000}
ROUNDS = 3
OURS = """\
import json, resource, shutil, sys, tempfile, time
from pathlib import Path
import duckdb, pyarrow, pyarrow.compute, pyarrow.parquet
from config.reading import reader_from
from tasks.read import formats
from warehouse.engine import spilling_database
kind, source, column = sys.argv[1:4]
folder = Path(tempfile.mkdtemp())
path = folder / "answer"
shutil.copyfile(source, path)
(folder / "duckdb").mkdir()
con = spilling_database(folder / "duckdb").con
began = time.process_time()
reader = reader_from(format="sdmx-ml" if kind == "sdmx-ml" else "csv")
raw = formats.raw_relation(con, path, reader, [], [], kind)
typed = f'TRY_CAST("{column}" AS DECIMAL(24,4)) AS _v'
batches = con.sql(f"SELECT *, {typed} FROM ({raw.sql})").to_arrow_reader(100_000)
rows = total = 0
for batch in batches:  # every column as text, as the next step of the pipeline takes it
    rows += batch.num_rows
    total += pyarrow.compute.sum(batch["_v"]).as_py() or 0
cpu = time.process_time() - began
shutil.rmtree(folder)
"""
PANDAS = """\
import json, resource, sys, time
import pandas as pd
kind, source, column = sys.argv[1:4]
began = time.process_time()
frame = pd.read_csv(source, dtype=str, keep_default_na=False)
values = pd.to_numeric(frame[column])
rows, total = len(frame), values.sum()
cpu = time.process_time() - began
"""
SDMX1 = """\
import json, logging, resource, sys, time
import pandas, sdmx
logging.disable()
kind, source, column = sys.argv[1:4]
began = time.process_time()
found = sdmx.to_pandas(sdmx.read_sdmx(source))
rows, total = len(found), found.sum()
cpu = time.process_time() - began
"""
TELL = """
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"cpu": cpu, "peak_mb": peak, "rows": int(rows), "total": float(total)}))
"""
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<mes:StructureSpecificData xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message" xmlns:ss="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/structurespecific" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><mes:Header><mes:ID>BENCH</mes:ID><mes:Test>false</mes:Test><mes:Prepared>2026-01-01T00:00:00</mes:Prepared><mes:Sender id="BENCH"/><mes:Structure structureID="S1" namespace="urn:x" dimensionAtObservation="TIME_PERIOD"><com:Structure xmlns:com="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"><Ref agencyID="BENCH" id="DSD" version="1.0"/></com:Structure></mes:Structure></mes:Header><mes:DataSet ss:structureRef="S1" ss:dataScope="DataStructure">'  # noqa: E501


def write(kind: str, path: Path, rows: int) -> None:
    """One input, from a seed."""
    rng = random.Random(kind)
    with path.open("w", encoding="utf-8") as out:
        if kind == "sdmx-ml":
            out.write(HEAD)
            for series in range(rows // 200):
                out.write(f'<Series FREQ="M" PRODUIT="{series:05d}" NATURE="BRUT" UNIT_MULT="0">')
                for n in range(200):
                    period = f"{2009 + n // 12}-{1 + n % 12:02d}"
                    out.write(f'<Obs TIME_PERIOD="{period}" OBS_VALUE="{rng.random() * 200:.2f}" '
                              'OBS_STATUS="A"/>')  # fmt: skip
                out.write("</Series>")
            out.write("</mes:DataSet></mes:StructureSpecificData>")
            return
        if kind == "csv":
            out.write("period,reporter,partner,flow,cmd_code,desc,qty_unit,net_wgt,value\n")
        else:
            out.write("DATAFLOW,FREQ,REF_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE,OBS_STATUS,"
                      "UNIT_MEASURE,UNIT_MULT,OBS_COMMENT\n")  # fmt: skip
        for n in range(rows):
            value = f"{rng.random() * 1e6:.3f}"
            if kind == "csv":
                out.write(f"{2010 + n % 14},{n % 27:03d},{n % 230:03d},M,{440000 + n % 99:06d},"
                          f'"Wood, sawn or chipped, {n % 99}",kg,{n % 9999},{value}\n')  # fmt: skip
            else:
                period = f"{2000 + n % 24}-0{1 + n % 9}"
                out.write(f"X:FLOW(1.0),M,A{n % 200:02d},I{n % 50:03d},{period},"
                          f"{value},A,USD,0,\n")  # fmt: skip


def measure(work: Path, peers: str = "") -> dict[str, Any]:
    """Ratio of the peer's CPU to ours, by format; raises RuntimeError if the figures differ."""
    folder = work / "readers"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    peers = peers or os.environ.get("PENATARAN_BENCH_PEERS", sys.executable)
    found: dict[str, Any] = {}
    for kind, rows in ROWS.items():
        path = folder / f"{kind}.{'xml' if kind == 'sdmx-ml' else 'csv'}"
        write(kind, path, rows)
        column = "value" if kind == "csv" else "OBS_VALUE"
        peer = ("sdmx1", SDMX1) if kind == "sdmx-ml" else ("pandas", PANDAS)
        runs: dict[str, list[dict[str, float]]] = {}
        for _ in range(ROUNDS):
            for name, python, code in (("ours", sys.executable, OURS), (peer[0], peers, peer[1])):
                done = subprocess.run(
                    [python, "-c", code + TELL, kind, str(path), column],
                    capture_output=True, text=True, cwd=ROOT, check=False,
                )  # fmt: skip
                if done.returncode:
                    raise RuntimeError(f"{name} on {kind}: {done.stderr[-800:]}")
                runs.setdefault(name, []).append(json.loads(done.stdout.splitlines()[-1]))
        ours, theirs = runs["ours"][0], runs[peer[0]][0]
        if ours["rows"] != theirs["rows"] or abs(ours["total"] / theirs["total"] - 1) > 1e-9:
            raise RuntimeError(f"{kind}: {ours} and {theirs}")
        found[kind] = {
            "rows": rows,
            "mb": round(path.stat().st_size / 2**20, 1),
            "peer": peer[0],
            **{
                f"{'ours' if name == 'ours' else 'peer'}_{what}": round(
                    statistics.median(r[what] for r in of), 2
                )
                for name, of in runs.items()
                for what in ("cpu", "peak_mb")
            },
        }
    shutil.rmtree(folder)
    return found


if __name__ == "__main__":
    print(json.dumps(measure(ROOT / ".bench", *sys.argv[1:2]), indent=1))
