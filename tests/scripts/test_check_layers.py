"""check_layers.py on small trees made for it: each rule refuses what it is for, and a clean tree passes."""
import importlib.util
import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check_layers.py"
sys.dont_write_bytecode = True
specification = importlib.util.spec_from_file_location("check_layers", SCRIPT)
layers = importlib.util.module_from_spec(specification)
sys.modules["check_layers"] = layers
specification.loader.exec_module(layers)

CMAKE = """# espalier_library(ghost ghost TIER T0) in a comment is no library
espalier_library(base base TIER T0 PRIVATE fmt::fmt)
espalier_library(schema schema TIER T0 LINKS base PRIVATE fmt::fmt)
espalier_library(datasets ../datasets TIER T0 LINKS schema)
espalier_library(exporting exporting TIER T0 LINKS base EXCEPT torchscript)
espalier_library(deployment deployment TIER T0 LINKS exporting)
espalier_library(compression compression TIER T1 LINKS schema)
espalier_library(pruning pruning TIER T1 LINKS compression)
espalier_library(nn nn TIER T2 LINKS compression)
espalier_library(torchscript exporting/torchscript TIER T2 LINKS schema)
espalier_library(pipeline pipeline TIER T2 LINKS nn pruning exporting torchscript deployment)
"""
CLEAN = {
    "trainer/CMakeLists.txt": CMAKE,
    "trainer/base/error.h": "#pragma once\n#include <string>\n",
    "trainer/base/error.cpp": '#include "base/error.h"\n#include <fmt/core.h>\n',
    "trainer/base/json.cpp": "#include <nlohmann/json.hpp>\n",
    "trainer/schema/value.h": '#pragma once\n#include "base/error.h"\n',
    "trainer/schema/document.cpp": '#include "schema/value.h"\n#include <yaml-cpp/yaml.h>\n',
    "trainer/compression/model.h": '#pragma once\n#include <ATen/core/Tensor.h>\n#include "schema/value.h"\n',
    "trainer/pruning/components.inc": "COMPONENT(criterion, magnitude)\n",
    "trainer/pruning/magnitude.cpp":
        '#include <ATen/ATen.h>\n#include "base/error.h"\nnamespace espalier::pruning::magnitude {\n}\n',
    "trainer/nn/network_impl.h": "#pragma once\n#include <torch/nn.h>\n",
    "trainer/nn/network.cpp": '#include "nn/network_impl.h"\n#include <torch/torch.h>\n',
    "trainer/exporting/torchscript/writer.cpp": "#include <torch/script.h>\n",
    "trainer/cli/main.cpp": '#include "cli/commands.h"\n#include "exporting/manifest.h"\n',
    "trainer/cli/commands.h": "#pragma once\n",
    "trainer/cli/with_torch/train.cpp": '#include "cli/commands.h"\n#include "nn/network_impl.h"\n#include <torch/torch.h>\n',
    "trainer/cli/without_torch/train.cpp": '#include "cli/commands.h"\n#include "exporting/manifest.h"\n',
    "trainer/exporting/manifest.h": "#ifndef ESPALIER_MANIFEST_H\n#define ESPALIER_MANIFEST_H\n#endif\n",
    "datasets/wave.cpp": '#include "schema/value.h"\n#include "tflite_generated.h"\n',
    "tests/base/test_error.cpp": '#include "catch.h"\n#include "base/error.h"\n',
    "tests/nn/test_network.cpp": '#include <torch/torch.h>\n#include "compression/model.h"\n',
}


class Rules(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        self.write(CLEAN)

    def write(self, files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def refused(self, name, text, *parts):
        """The tree with this file changed has one error, which names the file, the line and the parts."""
        self.write({name: text})
        errors = layers.check(self.root).errors
        self.assertEqual(len(errors), 1, errors)
        for part in (name, *parts):
            self.assertIn(part, errors[0])

    def test_a_clean_tree_passes(self):
        tree = layers.check(self.root)
        self.assertEqual((tree.errors, tree.warnings), ([], []))
        self.assertNotIn("ghost", tree.libraries)

    def test_this_repository_declares_its_layers(self):
        libraries = layers.read_libraries(SCRIPT.parents[1] / "trainer" / "CMakeLists.txt")
        self.assertEqual(libraries["base"].links, [])
        self.assertEqual(libraries["nn"].tier, "T2")
        self.assertEqual(libraries["datasets"].folder.name, "datasets")

    def test_an_include_upwards(self):
        self.refused("trainer/base/text.cpp", '#include "base/error.h"\n#include "schema/value.h"\n', ":2:", "does not link")

    def test_an_include_beside(self):
        self.write({"trainer/nn/frame.h": "#pragma once\n"})
        self.refused("trainer/pruning/plan.cpp", '#include "nn/frame.h"\n', "pruning includes")

    def test_an_include_through_others_is_fine(self):
        self.write({"trainer/pruning/plan.cpp": '#include "base/error.h"\n'})
        self.assertEqual(layers.check(self.root).errors, [])

    def test_an_include_of_nothing(self):
        self.refused("trainer/schema/a.cpp", '#include "base/erorr.h"\n', "does not exist")

    def test_the_inner_library_is_not_the_outer_one(self):
        self.refused("trainer/exporting/torchscript/b.cpp", '#include "exporting/manifest.h"\n', "torchscript includes")

    def test_a_test_sees_what_its_library_sees(self):
        self.refused("tests/base/test_text.cpp", '#include "schema/value.h"\n', "base includes")

    def test_torch_in_t0(self):
        for name in ("torch/torch.h", "ATen/ATen.h", "c10/util/Half.h"):
            self.refused("trainer/schema/a.cpp", f"#include <{name}>\n", ":1:", "T0")

    def test_the_program_without_torch_sees_none(self):
        self.refused("trainer/cli/main.cpp", "#include <ATen/ATen.h>\n", "T0")
        self.write(CLEAN)
        self.refused("trainer/cli/without_torch/train.cpp", '#include "nn/network_impl.h"\n', "nn")

    def test_torch_in_t1(self):
        self.refused("trainer/pruning/a.cpp", "#include <torch/nn.h>\n", "T1")
        self.write({"trainer/pruning/a.cpp": "#include <torch/csrc/autograd/custom_function.h>\n"})
        self.assertEqual(layers.check(self.root).errors, [])

    def test_torch_in_a_header(self):
        self.refused("trainer/nn/network.h", "#pragma once\n#include <torch/nn.h>\n", ":2:", "header")

    def test_fmt_outside_its_place(self):
        self.refused("trainer/base/text.h", "#pragma once\n#include <fmt/core.h>\n", "{fmt}")
        self.write({"trainer/base/text.h": "#pragma once\n"})
        self.refused("trainer/base/text.cpp", "#include <fmt/format.h>\n", "fmt/core.h")
        self.write({"trainer/base/text.cpp": ""})
        self.refused("trainer/nn/text.cpp", "#include <fmt/core.h>\n", "{fmt}")

    def test_yaml_and_json_have_one_home(self):
        self.refused("trainer/schema/a.cpp", "#include <yaml-cpp/yaml.h>\n", "trainer/schema/document.cpp")
        self.write({"trainer/schema/a.cpp": ""})
        self.refused("tests/base/test_json.cpp", "#include <nlohmann/json.hpp>\n", "trainer/base/json.cpp")

    def test_components_have_their_own_namespace(self):
        for text in ("namespace espalier::pruning {\n}\n", "namespace {\n}\nnamespace espalier::pruning::magnitude {\n}\n"):
            self.write({"trainer/pruning/magnitude.cpp": text})
            errors = layers.check(self.root).errors
            self.assertIn("espalier::pruning::magnitude", errors[0])

    def test_components_inc_is_held_to_its_form(self):
        self.refused("trainer/pruning/components.inc", "COMPONENT(criterion, magnitude)\n# note\n", ":2:", "# note")
        self.refused("trainer/pruning/components.inc", "COMPONENT(criterion, taylor)\n", "taylor.cpp")

    def test_files_and_functions_end(self):
        self.refused("trainer/base/long.cpp", "//\n" * 401, "401 lines")
        body = "  work();\n" * 60
        self.write({"trainer/base/long.cpp": f"struct A {{\n{body}}};\nvoid run(int a) {{\n{body}}}\nvoid rest() {{\n}}\n"})
        tree = layers.check(self.root)
        self.assertEqual(tree.errors, [])
        self.assertEqual(len(tree.warnings), 1)
        self.assertIn("long.cpp:63: a function of 62 lines", tree.warnings[0])

    def test_headers_are_guarded(self):
        self.refused("trainer/base/bare.h", "int f();\n", "without #pragma once")

    def test_a_folder_without_library(self):
        self.refused("trainer/stray/a.cpp", "", "lies in no library")

    def test_links_make_no_circle_and_tiers_only_rise(self):
        self.write({"trainer/CMakeLists.txt": CMAKE.replace("base base TIER T0", "base base TIER T0 LINKS schema")})
        self.assertIn("link each other", "\n".join(layers.check(self.root).errors))
        self.write({"trainer/CMakeLists.txt": CMAKE.replace("schema schema TIER T0 LINKS", "schema schema TIER T0 LINKS nn")})
        self.assertIn("schema (T0) links nn (T2)", "\n".join(layers.check(self.root).errors))
        self.write({"trainer/CMakeLists.txt": CMAKE.replace("LINKS base PRIVATE", "LINKS bass PRIVATE")})
        self.assertIn("'bass', which is no library", "\n".join(layers.check(self.root).errors))

    def test_exit_codes(self):
        self.assertEqual(layers.main(["--root", str(self.root)]), 0)
        self.write({"trainer/base/bare.h": ""})
        self.assertEqual(layers.main(["--root", str(self.root)]), 1)


@unittest.skipUnless(shutil.which("g++"), "g++ is not installed")
class Headers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        for name, text in CLEAN.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        base = self.root / "trainer" / "base"
        (base / "error.h").write_text("#pragma once\n#include WIDE\nint declared();\n")
        (base / "wide.h").write_text("#pragma once\n" + "int a();\n" * 50)
        command = f"ccache g++ -I{self.root}/trainer '-DWIDE=\"base/wide.h\"' -std=gnu++20 -o error.o -c {base}/error.cpp"
        (self.root / "compile_commands.json").write_text(
            json.dumps([{"directory": str(self.root), "file": f"{base}/error.cpp", "command": command}]))
        self.tree = layers.Tree(self.root)

    def test_lines_are_counted_with_the_builds_own_flags(self):
        costs, left_out = layers.header_costs(self.tree, self.root)
        self.assertEqual({header.name: lines for _, header, lines in costs}, {"error.h": 51, "wide.h": 50})
        self.assertIn("schema", left_out)

    def test_a_unity_builds_commands_are_those_of_the_sources_in_it(self):
        source = self.root / "trainer" / "base" / "error.cpp"
        unity = self.root / "out" / "Unity" / "unity_0_cxx.cxx"
        unity.parent.mkdir(parents=True)
        unity.write_text(f'/* generated */\n\n#include "{source}"\n')
        commands = self.root / "compile_commands.json"
        commands.write_text(commands.read_text().replace(str(source), str(unity)))
        costs, _ = layers.header_costs(self.tree, self.root)
        self.assertEqual({header.name: lines for _, header, lines in costs}, {"error.h": 51, "wide.h": 50})

    def test_a_header_above_its_budget_is_refused(self):
        (self.root / "trainer" / "base" / "wide.h").write_text("#pragma once\n" + "int a();\n" * 60_001)
        self.assertEqual(layers.report_headers(self.tree, self.root), 1)
        self.assertIn("60,001 preprocessed lines", "\n".join(self.tree.errors))

    def test_a_header_that_does_not_stand_alone_is_refused(self):
        (self.root / "trainer" / "base" / "wide.h").write_text('#pragma once\n#include "missing.h"\n')
        self.assertEqual(layers.main(["--root", str(self.root), "--headers", str(self.root)]), 1)


if __name__ == "__main__":
    unittest.main()
