"""What the project reads of WFDB records, against wfdb-python: records that wfdb writes, in formats 16 and 212, and the
real ones of the shared data where they are."""
import pathlib
import subprocess
import sys
import tarfile
import tempfile

try:
    import numpy
    import wfdb
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

AAMI = {"N": "NLRBej", "S": "AaJSn", "V": "VEr", "F": "F", "Q": "/fQ?"}
CLASS = {symbol: name for name, symbols in AAMI.items() for symbol in symbols}


def compare(dump, folder, name):
    record = wfdb.rdrecord(str(folder / name), physical=False)
    marks = wfdb.rdann(str(folder / name), "atr")
    said = subprocess.run([dump, folder / f"{name}.hea", folder / f"{name}.atr"], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    lines = said.stdout.split("\n")
    rate, samples, signals = lines[0].split()
    assert (float(rate), int(samples), int(signals)) == (record.fs, record.sig_len, record.n_sig), lines[0]
    for i in range(record.n_sig):
        gain, baseline, description = lines[1 + i].split(" ", 2)
        assert (float(gain), int(baseline), description) == (record.adc_gain[i], record.baseline[i], record.sig_name[i])
    values = numpy.array(lines[1 + record.n_sig].split(), numpy.int64).reshape(record.sig_len, record.n_sig)
    assert (values == record.d_signal).all(), f"{name}: other samples"
    found = [line.split() for line in lines[2 + record.n_sig:] if line]
    wanted = [[str(at), symbol, CLASS.get(symbol, "-")] for at, symbol in zip(marks.sample, marks.symbol)]
    assert found == wanted, f"{name}: other annotations"
    return record.sig_len * record.n_sig, len(wanted)


def write(folder, name, form, signals, draw):
    """Samples and annotations of every symbol, near and far apart, with notes."""
    low, high = (-2048, 2048) if form == "212" else (-32768, 32768)
    samples = draw.integers(low + 1, high, (301 + signals, signals))
    wfdb.wrsamp(name, fs=125, units=["mV"] * signals, sig_name=[f"lead {i}" for i in range(signals)], d_signal=samples,
                fmt=[form] * signals, adc_gain=[100.0 + i for i in range(signals)], baseline=[7 * i for i in range(signals)],
                write_dir=str(folder))
    symbols = list("NLRaVFJASEj/Q~|sT*D\"=pB^t+u?![]en@xf()r")
    at = numpy.cumsum(draw.integers(0, 3000, len(symbols)))
    notes = ["" if i % 3 else "(N" + "x" * (i % 4) for i in range(len(symbols))]
    wfdb.wrann(name, "atr", at, symbol=symbols, aux_note=notes, chan=numpy.zeros(len(symbols), int), write_dir=str(folder))


def main(dump, shared):
    draw = numpy.random.default_rng(1)
    total = numpy.zeros(2, int)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for form in ("16", "212"):
            for signals in (1, 2, 3):
                name = f"r{form}x{signals}"
                write(folder, name, form, signals, draw)
                total += compare(dump, folder, name)
        pack = pathlib.Path(shared)
        if pack.exists():
            with tarfile.open(pack) as archive:
                archive.extractall(folder, [m for m in archive.getmembers() if "wfdb_records/" in m.name], filter="data")
            for header in sorted(folder.rglob("wfdb_records/*.hea")):
                total += compare(dump, header.parent, header.stem)
        else:
            print(f"no real records: {pack} is absent")
    print(f"wfdb {wfdb.__version__}: {total[0]:,} samples and {total[1]:,} annotations agree")


if __name__ == "__main__":
    main(*sys.argv[1:])
