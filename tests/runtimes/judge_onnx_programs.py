#!/usr/bin/env python3
"""Random programs, written as int8 ONNX and answered by the integer twin, in ONNX Runtime.

    judge_onnx_programs.py PROGRAM JUDGE [--seeds 3] [--samples 20]

PROGRAM is random_programs_to_onnx, JUDGE is judge_onnx_int8.py, run as `trainer verify` runs it. Every byte must agree, every
layer must be fused, and the judge must notice a changed output, a layer that does not fuse and half a file.
Exit code: 0 all well, 1 not, 77 the runtime is not installed.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

from judged_file import judge


def unfused(model, other):
    """The same function, with a layer's real values wanted as a second output."""
    import onnx

    whole = onnx.load(str(model))
    layer = next(node for node in whole.graph.node if node.op_type == "Gemm")
    whole.graph.output.append(onnx.helper.make_tensor_value_info(layer.output[0], onnx.TensorProto.FLOAT, ["N", "outputs"]))
    onnx.save(whole, str(other))


def damage_is_found(script, model):
    import numpy

    with numpy.load(model.with_suffix(".npz")) as golden:
        arrays = dict(golden)
    other = model.with_name("damaged.onnx")
    numpy.savez(other.with_suffix(".npz"), **arrays)
    unfused(model, other)
    loose, said = judge(script, other)
    arrays["y"].reshape(-1)[-1] ^= 1
    other.write_bytes(model.read_bytes())
    numpy.savez(other.with_suffix(".npz"), **arrays)
    changed, verdict = judge(script, other)
    other.write_bytes(model.read_bytes()[: model.stat().st_size // 2])
    cut, _ = judge(script, other)
    print("a layer that does not fuse: exit %d, %s of %s; a changed byte: exit %d, %d differ; half of a file: exit %d"
          % (loose, said.get("fused"), said.get("layers"), changed, verdict["differing"], cut))  # fmt: skip
    return loose == 3 and said["fused"] < said["layers"] and changed == 3 and verdict["differing"] == 1 and cut == 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("judge")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=20)
    arguments = parser.parse_args()
    failed = total = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([arguments.program, folder, str(arguments.seeds), str(arguments.samples)], check=True)
        models = sorted(pathlib.Path(folder).glob("*.onnx"))
        for model in models:
            code, verdict = judge(arguments.judge, model)
            failed += code != 0
            total += verdict.get("outputs", 0)
            print("%-18s exit %d, %s of %s outputs differ; %s of %s layers fused; default session: %s differ"
                  % (model.stem, code, verdict.get("differing", verdict.get("error")), verdict.get("outputs"),
                     verdict.get("fused"), verdict.get("layers"), verdict.get("also", [{}])[0].get("differing")))  # fmt: skip
        failed += not damage_is_found(arguments.judge, next(m for m in models if m.stem.startswith("ds_cnn")))
    print("%d models, %d outputs, %d failures" % (len(models), total, failed))
    return 1 if failed or not models else 0


if __name__ == "__main__":
    sys.exit(main())
