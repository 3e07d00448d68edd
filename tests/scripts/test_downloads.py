"""scripts/download_*.sh against a server on this machine: what is whole is unpacked, what is not is never taken for whole."""
import gzip
import http.server
import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import threading
import unittest
import zipfile
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
CORPORA = sorted(path.stem.removeprefix("download_") for path in SCRIPTS.glob("download_*.sh")
                 if path.stem != "download_files")


def tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        served = self.server
        content = served.files.get(self.path)
        served.asked.append((self.path, self.headers.get("Range")))
        if content is None:
            return self.send_error(404)
        first = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        first = int(first[1]) if first and served.parts else 0
        if first >= len(content) > 0 and first:
            return self.send_error(416)
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - first))
        self.end_headers()
        self.wfile.write(content[first:first + served.most] if served.most else content[first:])
        self.close_connection = True

    def log_message(self, *_):
        pass


class Downloads(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="espalier_downloads_"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.files, self.server.asked, self.server.parts, self.server.most = {}, [], True, 0
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def run_script(self, corpus, *arguments, path=None):
        environment = dict(os.environ, no_proxy="*")
        if path:
            environment["PATH"] = str(path)
        return subprocess.run([shutil.which("bash"), SCRIPTS / f"download_{corpus}.sh", *map(str, arguments)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=self.folder, env=environment,
                              timeout=60, check=False)

    def fetch(self, corpus, **options):
        return self.run_script(corpus, "--from", self.address, "out", **options)

    def without(self, *hidden):
        """A folder of the programs that scripts need, but for these."""
        programs = self.folder / "bin"
        programs.mkdir()
        for name in ("bash basename cat cut curl dirname find grep gunzip gzip md5sum mkdir mv realpath rm sed tar touch unzip wc "
                     "wget").split():
            if name not in hidden and shutil.which(name):
                (programs / name).symlink_to(shutil.which(name))
        return programs

    def serve_wake_words(self):
        content = tar({f"vw/{kind}/{i}.jpg": os.urandom(500) for kind in ("person", "non_person") for i in range(40)})
        self.server.files["/vw_coco2014_96.tar.gz"] = content
        return content

    def test_every_script_explains_itself_and_names_licence_size_and_source(self):
        self.assertGreaterEqual(len(CORPORA), 9)
        for corpus in CORPORA:
            done = self.run_script(corpus, "--help")
            self.assertEqual(done.returncode, 0, done.stderr)
            said = " ".join(done.stdout.split())
            self.assertRegex(said, r"(?i)licen[cs]e|CC BY|terms of use", corpus)
            self.assertRegex(said, r"\d (GB|GiB|MB|MiB)", corpus)
            self.assertRegex(said, r"--from ADDRESS .* https?://", corpus)

    def test_what_is_not_understood_is_refused_before_anything_is_made(self):
        for corpus in CORPORA:
            for arguments, said in ((["--form", "x"], "unknown argument '--form'"), (["--from"], "--from needs an address"),
                                    (["a", "b"], "one folder is enough"), ([""], "empty")):
                done = self.run_script(corpus, *arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(said, done.stderr)
            (self.folder / "there").mkdir(exist_ok=True)
            done = self.run_script(corpus, "--from", self.address, "there")
            self.assertEqual(done.returncode, 1)
            self.assertIn("exists already; nothing done", done.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["there"])
        self.assertEqual(self.server.asked, [])

    def test_whole_archives_are_unpacked_and_removed(self):
        self.serve_wake_words()
        done = self.fetch("visual_wake_words")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("80 pictures", done.stdout)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["out"])
        shutil.rmtree(self.folder / "out")
        self.server.files["/dev_data_ToyCar.zip"] = packed({"ToyCar/train/normal_id_01_0.wav": b"x"})
        done = self.fetch("toyadmos")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.folder / "out/ToyCar/train/normal_id_01_0.wav").is_file())
        shutil.rmtree(self.folder / "out")
        rows = " ".join(["1.5", "4"] + ["0.25"] * 52) + "\n"
        inner = packed({"PAMAP2_Dataset/Protocol/subject101.dat": rows})
        self.server.files["/pamap2+physical+activity+monitoring.zip"] = packed({"PAMAP2_Dataset.zip": inner})
        done = self.fetch("pamap2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1.5,0.25,0.25,0.25,0.25,0.25,0.25,walking", (self.folder / "out/subject101.csv").read_text())
        self.assertEqual([path.name for path in self.folder.iterdir()], ["out"])

    def test_records_of_many_files_go_on_where_they_stopped(self):
        self.server.files.update({"/RECORDS": b"100\n", "/100.hea": b"h", "/100.atr": b"a"})
        done = self.fetch("mitdb")
        self.assertEqual(done.returncode, 1)
        self.assertIn("100.dat is not handed out", done.stderr)
        self.assertFalse((self.folder / "out").exists())
        self.server.files["/100.dat"], self.server.asked[:] = b"d", []
        done = self.fetch("mitdb")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([path for path, _ in self.server.asked], ["/100.dat"])
        self.assertIn("1 records", done.stdout)
        shutil.rmtree(self.folder / "out")
        self.server.files["/RECORDS"] = b"../../escape\n"
        done = self.fetch("mitdb")
        self.assertEqual(done.returncode, 1)
        self.assertIn("which is no record", done.stderr)

    def interrupted(self, **options):
        """A transfer that breaks off, then one that goes on."""
        content = self.serve_wake_words()
        self.server.most = len(content) // 9  # wget tries three times
        done = self.fetch("visual_wake_words", **options)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("run this again to go on where it stopped", done.stderr)
        self.assertFalse((self.folder / "out").exists())
        self.assertFalse((self.folder / "out.tar.gz").exists())
        kept = (self.folder / "out.tar.gz.part").stat().st_size
        self.assertGreaterEqual(kept, len(content) // 9)
        self.server.most, self.server.asked[:] = 0, []
        done = self.fetch("visual_wake_words", **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.server.asked[0][1], f"bytes={kept}-")
        self.assertIn("80 pictures", done.stdout)

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_an_interrupted_download_goes_on(self):
        self.interrupted()

    @unittest.skipUnless(shutil.which("wget"), "wget is not installed")
    def test_an_interrupted_download_goes_on_with_wget(self):
        self.interrupted(path=self.without("curl"))

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_a_server_without_parts_and_a_part_that_is_whole_begin_anew(self):
        content = self.serve_wake_words()
        for parts, held in ((False, content[:1000]), (True, content)):
            self.server.parts = parts
            (self.folder / "out.tar.gz.part").write_bytes(held)
            done = self.fetch("visual_wake_words")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("80 pictures", done.stdout)
            shutil.rmtree(self.folder / "out")

    def test_what_is_not_what_was_published_is_never_unpacked(self):
        self.server.files["/train-images-idx3-ubyte.gz"] = gzip.compress(b"others")
        self.server.files["/cifar-10-binary.tar.gz"] = tar({"cifar/data_batch_1.bin": b"others"})
        self.server.files["/speech_commands_v0.02.tar.gz"] = tar({"yes/a.wav": b"others"})
        self.server.files["/VOCtrainval_06-Nov-2007.tar"] = b"others"
        self.server.files["/annotations/annotations_trainval2017.zip"] = packed({"annotations/x.json": b"{}"})
        for corpus in ("mnist", "cifar10", "speech_commands", "pascal_voc", "coco"):
            done = self.fetch(corpus)
            self.assertEqual(done.returncode, 1, corpus)
            self.assertIn("is damaged (its checksum is another one); remove it and run this again", done.stderr)
            self.assertFalse((self.folder / "out").exists())
            for left in self.folder.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        self.server.files["/vw_coco2014_96.tar.gz"] = b"<html>log in first</html>"
        self.server.files["/dev_data_ToyCar.zip"] = packed({"other/x": b"x"})
        for corpus, said in (("visual_wake_words", "is damaged; remove it"), ("toyadmos", "holds no ToyCar/train")):
            done = self.fetch(corpus)
            self.assertEqual(done.returncode, 1, corpus)
            self.assertIn(said, done.stderr)
            self.assertFalse((self.folder / "out").exists())

    def test_an_archive_cannot_write_beside_its_folder(self):
        self.server.files["/vw_coco2014_96.tar.gz"] = tar({"a/../../../escaped": b"x", "vw/person/1.jpg": b"x"})
        self.server.files["/dev_data_ToyCar.zip"] = packed({"../escaped": b"x", "ToyCar/train/a": b"x"})
        for corpus in ("visual_wake_words", "toyadmos"):
            self.fetch(corpus)
            self.assertFalse((self.folder / "escaped").exists())
            self.assertFalse((self.folder.parent / "escaped").exists())

    def test_without_a_network_or_the_file_it_says_so(self):
        self.assertIn("is not handed out", self.fetch("toyadmos").stderr)
        with http.server.HTTPServer(("127.0.0.1", 0), Handler) as closed:
            port = closed.server_port
        for corpus in CORPORA:
            done = self.run_script(corpus, "--from", f"http://127.0.0.1:{port}", "out")
            self.assertEqual(done.returncode, 1)
            self.assertIn("cannot be reached: is there a network?", done.stderr)
            self.assertFalse((self.folder / "out").exists())

    def test_programs_that_are_missing_are_named(self):
        done = self.fetch("mnist", path=self.without("curl", "wget"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("needs curl or wget (apt-get install curl)", done.stderr)


if __name__ == "__main__":
    unittest.main()
