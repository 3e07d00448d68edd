#include "schema/document.h"

#include <unistd.h>

#include "base/files.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::schema;

namespace {

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("espalier_test_schema" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    write_atomically(path_ / name, text);
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<Problem> problems_of(const std::string& text) {
  try {
    parse(text, "r.yaml");
  } catch (const Error& e) {
    CHECK(e.code() == Exit::mistake);
    return e.problems();
  }
  return {};
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<Problem> override_with(Value& root, const std::string& assignment) {
  std::vector<Problem> problems;
  apply_override(root, assignment, problems);
  return problems;
}

}  // namespace

TEST_CASE("every value knows its file, line and column") {
  const auto root = parse("a: 1\nb:\n  - x\n  - {c: 2}\n", "r.yaml");
  CHECK(root.find("a")->origin().text() == "r.yaml:1:4");
  CHECK(root.find("b")->items()[0].origin().text() == "r.yaml:3:5");
  CHECK(root.find("b")->items()[1].find("c")->origin().text() == "r.yaml:4:9");
  CHECK(root.find("z") == nullptr);
}

TEST_CASE("scalars keep their text") {
  const auto root = parse("a: 010\nb: .nan\nc: '1'\nd: yes\ne:\n", "r.yaml");
  CHECK(root.find("a")->text() == "010");
  CHECK(root.find("b")->text() == ".nan");
  CHECK(root.find("c")->quoted());
  CHECK_FALSE(root.find("a")->quoted());
  CHECK(root.find("d")->text() == "yes");
  CHECK(root.find("e")->is_null());
  CHECK(root.find("e")->origin().text() == "r.yaml:5:1");
}

TEST_CASE("duplicate keys and tags are refused, all at once") {
  const auto problems = problems_of("a: 1\na: 2\nb: !!python/object x\nc: {d: 1, d: 2}\n");
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].origin == "r.yaml:2:1");
  CHECK(has(problems[0].text, "'a' is given twice"));
  CHECK(has(problems[1].text, "tag"));
  CHECK(problems[2].origin == "r.yaml:4:11");
}

TEST_CASE("what is no YAML, or more than one document, or nested without end is refused with its place") {
  CHECK(has(problems_of("a: [1, 2\n").at(0).text, "not valid YAML"));
  CHECK(has(problems_of("a: 1\n---\nb: 2\n").at(0).text, "several"));
  CHECK(problems_of(std::string(200, '[') + std::string(200, ']')).size() == 1);
  CHECK(problems_of("").empty());
}

TEST_CASE("a text that yaml-cpp would read without an end is refused") {
  const auto problems = problems_of(",:1, \xff\xff\xff\xff\x1f:\nb ");
  REQUIRE(problems.size() == 1);
  CHECK(has(problems[0].origin, "r.yaml:1:"));
  CHECK(has(problems[0].text, "not valid YAML"));
}

TEST_CASE("more values than a recipe can have are refused, those that aliases make included") {
  std::string laughs = "a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n";
  for (char name = 'b'; name < 'k'; ++name) {
    const std::string before(1, static_cast<char>(name - 1));
    laughs += std::string(1, name) + ": &" + name + " [*" + before;
    for (int i = 1; i < 10; ++i) laughs += ", *" + before;
    laughs += "]\n";
  }
  CHECK(has(problems_of(laughs).at(0).text, "too many"));
  std::string many = "[";
  for (int i = 0; i < 200'000; ++i) many += "1,";
  CHECK(has(problems_of(many + "1]").at(0).text, "too many"));
  CHECK(has(problems_of("&a [*a, *a]").at(0).text, "nested"));
}

TEST_CASE("includes are merged under the file's own keys, maps deeply, lists as a whole") {
  const Folder folder;
  folder.write("parts/data.yaml", "root: data\nfeature: {window: 40 ms, bins: 40}\nwords: [a, b]\n");
  const auto recipe = folder.write("r.yaml", "data: {include: parts/data.yaml, feature: {bins: 20}, words: [c]}\n");
  const auto data = *load(recipe).find("data");
  CHECK(data.find("root")->text() == "data");
  CHECK(data.find("feature")->find("bins")->text() == "20");
  CHECK(data.find("feature")->find("window")->text() == "40 ms");
  CHECK(data.find("words")->items().size() == 1);
  CHECK(data.find("include") == nullptr);
  CHECK(data.find("root")->origin().text() == (folder.path() / "parts/data.yaml").string() + ":1:7");
}

TEST_CASE("later includes win over earlier ones, and set: overrides deep keys") {
  const Folder folder;
  folder.write("a.yaml", "training: {epochs: 1, batch_size: 8}\ncompression: [{type: prune, sparsity: 0.1}]\n");
  folder.write("b.yaml", "training: {epochs: 2}\n");
  const auto root = load(folder.write(
      "r.yaml", "include: [a.yaml, b.yaml]\nset: {training.batch_size: 16, compression.prune.sparsity: 0.7}\n"));
  CHECK(root.find("training")->find("epochs")->text() == "2");
  CHECK(root.find("training")->find("batch_size")->text() == "16");
  CHECK(root.find("compression")->items()[0].find("sparsity")->text() == "0.7");
}

TEST_CASE("a file that includes itself, or one that is not there, is named where it is asked for") {
  const Folder folder;
  folder.write("a.yaml", "include: b.yaml\n");
  const auto b = folder.write("b.yaml", "x: 1\ninclude: a.yaml\n");
  try {
    load(b);
    FAIL("loaded");
  } catch (const Error& e) {
    CHECK(has(e.problems()[0].text, "includes itself"));
    CHECK(has(e.problems()[0].origin, "a.yaml:1:10"));
  }
  try {
    load(folder.write("c.yaml", "y: 1\ndata: {include: absent.yaml}\n"));
    FAIL("loaded");
  } catch (const Error& e) {
    CHECK(has(e.problems()[0].origin, "c.yaml:2:17"));
    CHECK(has(e.problems()[0].text, "absent.yaml"));
  }
  CHECK_THROWS_AS(load(folder.path() / "absent.yaml"), Error);
}

TEST_CASE("the same file may be included twice side by side") {
  const Folder folder;
  folder.write("p.yaml", "k: 1\n");
  const auto root = load(folder.write("r.yaml", "a: {include: p.yaml}\nb: {include: p.yaml}\n"));
  CHECK(root.find("b")->find("k")->text() == "1");
}

TEST_CASE("overrides address list elements by name, type or index") {
  auto root =
      parse("list: [{type: distill, w: 1}, {type: distill, name: second, w: 2}, {type: prune, w: 3}]\n", "r.yaml");
  const auto& items = root.find("list")->items();
  CHECK(override_with(root, "list.second.w=20").empty());
  CHECK(override_with(root, "list.prune.w=30").empty());
  CHECK(override_with(root, "list.0.w=10").empty());
  CHECK(override_with(root, "list.distill.extra.deep=[1, 2]").empty());
  CHECK(items[0].find("w")->text() == "10");
  CHECK(items[1].find("w")->text() == "20");
  CHECK(items[2].find("w")->text() == "30");
  CHECK(items[0].find("extra")->find("deep")->items().size() == 2);
  CHECK(items[1].find("w")->origin().text() == "--set list.second.w");
}

TEST_CASE("an override by null removes a list's element") {
  auto root = parse("list: [{type: distill}, {type: distill, name: second}, {type: prune}]\n", "r.yaml");
  CHECK(override_with(root, "list.distill=null").empty());
  CHECK(override_with(root, "list.prune=").empty());
  CHECK(root.find("list")->dump() == "[{\"type\": \"distill\", \"name\": \"second\"}]");
  CHECK(has(override_with(root, "list.prune=null").at(0).text, "no element"));
}

TEST_CASE("an override that leads nowhere says so") {
  auto root = parse("list: [{type: prune}]\nplain: 1\n", "r.yaml");
  CHECK(has(override_with(root, "list.prnue.w=1").at(0).text, "did you mean 'prune'"));
  CHECK(has(override_with(root, "list.9=1").at(0).text, "no element"));
  CHECK(has(override_with(root, "plain.x=1").at(0).text, "below a plain value"));
  CHECK(has(override_with(root, "nothing").at(0).text, "key=value"));
  CHECK(has(override_with(root, "=1").at(0).text, "key=value"));
  CHECK(override_with(root, "empty=").empty());
  CHECK(root.find("empty")->is_null());
}

TEST_CASE("paths count from the file that wrote them, not from the command line's") {
  CHECK(resolve_path(*parse("p: ../models/x.yaml", "recipes/r.yaml").find("p")) == "models/x.yaml");
  CHECK(resolve_path(*parse("p: /abs/x.yaml", "recipes/r.yaml").find("p")) == "/abs/x.yaml");
  auto root = parse("p: a", "recipes/r.yaml");
  override_with(root, "p=b/c");
  CHECK(resolve_path(*root.find("p")) == "b/c");
}

TEST_CASE("a value written out reads back the same, as JSON and as YAML") {
  const auto root = parse(
      "{a: [1, {b: 'true', c: x y}], d: {}, e: [], f: '010', g: 010, h: null, i: \"q\\\"uo\\nte\", j: [[1, 2], [3]], "
      "k: '- x', 'l: m': -1.5e-3, n: '#'}",
      "r.yaml");
  CHECK(parse(root.dump(), "x").dump() == root.dump());
  CHECK(parse(root.yaml(), "x").find("a")->items()[1].find("b")->quoted());
  CHECK(parse(root.yaml(), "x").find("i")->text() == "q\"uo\nte");
  CHECK(parse(root.yaml(), "x").find("j")->items()[0].items().size() == 2);
  CHECK(parse(parse(root.yaml(), "x").yaml(), "y").dump() == parse(root.yaml(), "x").dump());
}
