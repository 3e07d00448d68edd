"""The report's page: written at the end of a run, renewed and compared on demand, and drawn by a browser.

The browser's part is skipped, visibly, where there is no chromium (or what CHROMIUM names)."""

import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import unittest

import tones
from trainer_program import RecipeTest, main

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")

# Put at the end of a copy of the page: uses everything that can be used, and notes what went wrong.
VISITOR = """<script>
const found = {errors: [], wide: false};
window.addEventListener("error", (event) => found.errors.push(event.message));
const all = (selector) => [...document.querySelectorAll(selector)];
const press = () => {
  for (const button of all(".choices button, header button")) button.click();
  for (const row of all("tr.pick, td.pick, th.sortable")) row.click();
  for (const select of all("select"))
    for (const option of select.options) { select.value = option.value; select.dispatchEvent(new Event("change")); }
  for (const box of all("input[type=checkbox]")) box.click();
};
press();
found.drawn = document.documentElement.dataset.drawn;
found.sections = all("main section").map((each) => each.id);
found.links = all("nav a").map((each) => each.hash.slice(1));
found.charts = all("canvas[role=img]").length;
found.blank = all(".chart canvas").filter((canvas) => !canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((v) => v)).length;
found.wide = document.documentElement.scrollWidth > window.innerWidth;
found.text = document.body.innerText;
document.body.replaceChildren(Object.assign(document.createElement("pre"), {id: "found", textContent: JSON.stringify(found)}));
</script></body>"""


class Pages(http.server.BaseHTTPRequestHandler):
    """Serves one page, and remembers what was asked for."""

    page, asked = b"", []

    def do_GET(self):
        type(self).asked.append(self.path)
        self.send_response(200 if self.path == "/report.html" else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.page if self.path == "/report.html" else b"")

    def log_message(self, *_):
        pass


def visit(page, width=1280, height=900):
    """What VISITOR found, the console's messages, and the paths that were asked of the page's own host."""
    Pages.page, Pages.asked = page.replace("</body>", VISITOR).encode(), []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    profile = tempfile.mkdtemp(prefix="espalier_browser_")
    try:
        seen = subprocess.run(
            [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
             # Names of any other host lead nowhere, so that a request to one is an error on the console.
             "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--enable-logging=stderr", "--log-level=0",
             f"--user-data-dir={profile}", f"--window-size={width},{height}", "--virtual-time-budget=4000", "--dump-dom",
             f"http://127.0.0.1:{server.server_port}/report.html"],
            capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    finally:
        server.shutdown()
        server.server_close()
        shutil.rmtree(profile, ignore_errors=True)
    console = [line for line in seen.stderr.splitlines() if ":CONSOLE" in line]
    begin = seen.stdout.find('<pre id="found">')
    if begin < 0:
        raise AssertionError(f"the page did not come to its end:\n{console}\n{seen.stdout[-500:]}\n{seen.stderr[-500:]}")
    text = seen.stdout[begin + len('<pre id="found">'):seen.stdout.index("</pre>", begin)]
    for code, character in (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(code, character)
    return json.loads(text), console, Pages.asked


class Report(RecipeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        recipe = tones.write_recipe(cls.shared / "recipes", tones.recipe(cls.corpus))
        cls.runs = []
        for seed in (1, 2):
            cls.runs.append(cls.shared / "runs" / f"seed{seed}")
            done = cls.train(recipe, cls.runs[-1], "--set", f"seed={seed}", "--quiet")
            assert done.returncode == 0, done.stderr

    def data(self, page):
        begin = '<script type="application/json" id="report">'
        text = page.read_text()
        start = text.index(begin) + len(begin)
        return json.loads(text[start:text.index("</script>", start)])

    def test_a_run_ends_with_its_page(self):
        run, = self.data(self.runs[0] / "report.html")["runs"]
        summary = json.loads((self.runs[0] / "summary.json").read_text())
        self.assertEqual(summary["accuracy"], run["summary"]["accuracy"])
        self.assertEqual(10, len(run["metrics"]["train"]["loss"]))
        analysis = run["analysis"]
        self.assertEqual(summary["flash_bytes"], sum(layer["bytes"] for layer in analysis["layers"]))
        self.assertEqual(summary["arena_bytes"], analysis["arena"]["bytes"])
        self.assertEqual(summary["test_samples"], sum(map(sum, analysis["confusion"]["counts"])))
        right = sum(row[i] for i, row in enumerate(analysis["confusion"]["counts"]))
        self.assertAlmostEqual(summary["accuracy"]["integer"], right / summary["test_samples"])
        self.assertEqual([{"name": "distill", "start": 0, "end": 3}, {"name": "prune", "start": 1, "end": 4},
                          {"name": "quantize", "start": 7, "end": 10}], analysis["timeline"])
        self.assertEqual("10", analysis["recipe"]["training.epochs"])

    def test_a_page_is_written_where_it_was_asked_for(self):
        page = self.folder / "deep" / "page.html"
        done = self.expect(0, self.call("report", self.runs[0], "--output", page))
        self.assertEqual(f"{page}\n", done.stdout)
        self.assertEqual((self.runs[0] / "report.html").read_bytes(), page.read_bytes())

    def test_runs_are_compared_beside_them(self):
        done = self.expect(0, self.call("report", *self.runs))
        page = self.shared / "runs" / "report.html"
        self.assertEqual(f"{page}\n", done.stdout)
        runs = self.data(page)["runs"]
        self.assertEqual(["seed1/report.html", "seed2/report.html"], [run["report"] for run in runs])
        self.assertEqual(["1", "2"], [run["analysis"]["recipe"]["seed"] for run in runs])

    def test_what_is_no_run_is_refused_by_name(self):
        (self.folder / "empty").mkdir()
        (self.folder / "empty" / "recipe.yaml").write_text("name: begun\n")
        damaged = self.folder / "damaged"
        shutil.copytree(self.runs[0], damaged)
        (damaged / "analysis.json").write_text('{"layers": [')
        self.expect_mistake(self.call("report", self.runs[0], self.folder / "empty", damaged, self.folder / "absent"),
                            r"empty: holds no finished run", r"damaged/analysis.json: is not valid JSON", r"absent: is no folder")
        self.assertFalse((self.folder / "report.html").exists())

    def test_what_a_shell_names_beside_runs_is_left_out(self):
        (self.shared / "runs" / "stages").mkdir(exist_ok=True)
        page = self.folder / "page.html"
        done = self.expect(0, self.call("report", *sorted((self.shared / "runs").iterdir()), "--output", page))
        self.assertIn("stages: is no run, left out", done.stderr)
        self.assertEqual(2, len(self.data(page)["runs"]))
        self.expect_mistake(self.call("report", self.shared / "runs" / "stages"), r"stages: holds no finished run")

    def test_verify_writes_what_is_missing(self):
        run = self.folder / "run"
        shutil.copytree(self.runs[0], run)
        before = (run / "analysis.json").read_text()
        (run / "analysis.json").unlink()
        (run / "report.html").unlink()
        self.expect(0, self.call("verify", run))
        self.assertEqual(json.loads(before)["layers"], json.loads((run / "analysis.json").read_text())["layers"])
        self.assertIn("analysis", self.data(run / "report.html")["runs"][0])

    def check_page(self, page, sections, charts):
        for width, height in ((1280, 900), (390, 844)):
            found, console, asked = visit(page.read_text(), width, height)
            self.assertEqual([], console, f"{width} wide")
            self.assertEqual([], found["errors"], f"{width} wide")
            self.assertEqual(["/report.html"], asked)
            self.assertEqual("yes", found["drawn"])
            self.assertEqual(sections, found["sections"])
            self.assertEqual(sections, found["links"])
            self.assertGreaterEqual(found["charts"], charts)
            self.assertEqual(0, found["blank"], "charts without a single pixel")
            self.assertFalse(found["wide"], f"the page is wider than its window of {width}")
            for trace in ("NaN", "undefined", "[object", "Infinity"):
                self.assertNotIn(trace, found["text"])

    @unittest.skipUnless(CHROMIUM, "no chromium here (apt-get install chromium, or CHROMIUM=...)")
    def test_a_browser_draws_a_run(self):
        self.check_page(self.runs[0] / "report.html", ["accuracy", "training", "layers", "confusion", "memory", "targets",
                                                       "artifacts", "verification", "environment", "recipe"], 8)  # none of what stays as it was

    @unittest.skipUnless(CHROMIUM, "no chromium here (apt-get install chromium, or CHROMIUM=...)")
    def test_a_browser_draws_a_comparison(self):
        page = self.folder / "both.html"
        self.expect(0, self.call("report", *self.runs, "--output", page))
        self.check_page(page, ["trade-off", "runs"], 1)

    @unittest.skipUnless(CHROMIUM, "no chromium here (apt-get install chromium, or CHROMIUM=...)")
    def test_a_browser_draws_a_run_in_float(self):
        whole = tones.recipe(self.corpus, compression=None, export=["torchscript"], baseline="train")
        whole["training"]["epochs"] = 2
        run = self.folder / "float"
        self.expect(0, self.train(tones.write_recipe(self.folder, whole), run, "--quiet"))
        self.check_page(run / "report.html", ["accuracy", "training", "layers", "confusion", "artifacts", "verification",
                                              "environment", "recipe"], 5)

    @unittest.skipUnless(CHROMIUM, "no chromium here (apt-get install chromium, or CHROMIUM=...)")
    def test_a_browser_draws_a_run_of_which_little_is_known(self):
        run = self.folder / "<b>poor & 'odd' run"
        run.mkdir()
        (run / "summary.json").write_text(json.dumps({"name": "</script><script>document.title='broken'</script>",
                                                      "accuracy": {"float": None}, "macs": 0}))
        self.expect(0, self.call("report", run))
        self.check_page(run / "report.html", ["environment", "missing"], 0)


if __name__ == "__main__":
    main()
