// Files that are damaged, or made to hurt: one clear error that names the file, and no memory beyond what is there.
#include <unistd.h>

#include <filesystem>
#include <limits>
#include <random>

#include "base/error.h"
#include "base/files.h"
#include "catch.h"
#include "importing/onnx/reader.h"
#include "onnx_file.h"

using namespace espalier;
using namespace espalier::importing;
using namespace espalier::testing;

namespace {

std::string refusal(const std::string& bytes, const std::filesystem::path& folder = ".") {
  try {
    onnx::read(bytes, folder, "net.onnx", {});
    return "";
  } catch (const Error& error) {
    CHECK(error.code() == Exit::mistake);
    std::string all;
    for (const auto& problem : error.problems()) all += problem.origin + ": " + problem.text + "\n";
    return all;
  }
}
std::string refusal(const OnnxFile& file) { return refusal(file.bytes()); }
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// One with every kind of thing in it.
OnnxFile sound() {
  OnnxFile file;
  file.input("x", {-1, 2, 6, 6}).output("y").initializer(float_tensor("w", {2, 1, 3, 3}, std::vector<float>(18, 0.5f)));
  file.initializer(float_tensor("b", {2}, {1, 2})).initializer(float_tensor("s", {}, {0.5f}));
  file.initializer(raw_tensor<std::int8_t>("q", 3, {3, 2}, {1, 2, 3, 4, 5, 6}));
  file.initializer(int64_tensor("zero", {}, {0})).initializer(int64_tensor("axis", {1}, {0}));
  file.node("Conv", {"x", "w", "b"}, {"c"}, {list("pads", {1, 1, 1, 1}), whole("group", 2)}, "/conv/Conv");
  file.node("QuantizeLinear", {"c", "s"}, {"cq"}).node("DequantizeLinear", {"cq", "s"}, {"cd"});
  file.node("Relu", {"cd"}, {"r"})
      .node("Add", {"r", "x"}, {"sum"})
      .node("Concat", {"sum", "r"}, {"cat"}, {whole("axis", 1)});
  file.node("MaxPool", {"cat"}, {"p"}, {list("kernel_shape", {2, 2}), text("auto_pad", "SAME_UPPER")});
  file.node("GlobalAveragePool", {"p"}, {"g"}).node("Slice", {"g", "axis", "two", "one"}, {"unused"});
  file.node("Shape", {"g"}, {"sh"}).node("Gather", {"sh", "zero"}, {"n"}).node("Unsqueeze", {"n", "axis"}, {"n1"});
  file.node("Constant", {}, {"rest"}, {tensor("value", int64_tensor("", {1}, {-1}))});
  file.node("Concat", {"n1", "rest"}, {"sizes"}, {whole("axis", 0)}).node("Reshape", {"g", "sizes"}, {"f"});
  file.initializer(raw_tensor<std::int8_t>("k", 3, {4, 3}, std::vector<std::int8_t>(12, 3)));
  file.node("DequantizeLinear", {"k", "s"}, {"kd"}).node("MatMul", {"f", "kd"}, {"m"});
  return file.node("Softmax", {"m"}, {"y"});
}

/// x -> node -> y with one tensor "t".
std::string with_tensor(const std::string& tensor) {
  OnnxFile file;
  file.input("x", {1, 4}).output("y").initializer(tensor).node("MatMul", {"x", "t"}, {"y"});
  return refusal(file);
}

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("espalier_onnx_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_ / "model");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path model() const { return path_ / "model"; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("an ONNX file that is cut off anywhere is refused by name") {
  const auto whole = sound().bytes();
  REQUIRE(refusal(whole).empty());
  for (std::size_t kept = 0; kept < whole.size(); ++kept) {
    const auto said = refusal(whole.substr(0, kept));
    INFO(kept << ": " << said);
    CHECK(said.rfind("net.onnx", 0) == 0);
  }
  CHECK(has(refusal("PK\x03\x04 no model"), "net.onnx"));
}

TEST_CASE("ONNX files with random bytes changed are read or refused, never worse") {
  const auto whole = sound().bytes();
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = whole;
    for (int left = 1 + static_cast<int>(random() % 4); left-- > 0;)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto said = refusal(bytes);
    refused += !said.empty();
    if (!said.empty() && said.rfind("net.onnx", 0) != 0) FAIL(said);
  }
  CHECK(refused > 5'000);
}

TEST_CASE("a tensor that declares other extents than its bytes have is refused before memory is taken") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  CHECK(has(with_tensor(float_tensor("t", {4, 3}, {1, 2, 3})), "tensor 't': 12 bytes for 4x3 numbers of float32"));
  CHECK(has(with_tensor(float_tensor("t", {4, 1'000'000'000}, {1, 2})), "8 bytes for 4x1000000000"));
  CHECK(has(with_tensor(float_tensor("t", {most, most}, {1, 2})), "too many elements"));
  CHECK(has(with_tensor(float_tensor("t", {most, 2}, {1, 2})), "too many elements"));
  CHECK(has(with_tensor(float_tensor("t", {-4, -1}, {1, 2, 3, 4})), "a negative extent"));
  CHECK(has(with_tensor(float_tensor("t", {1, 1, 1, 1, 1, 1, 1, 1, 1}, {1})), "more than 8 axes"));
  CHECK(has(with_tensor(float_tensor("t", {0, 3}, {})), "is empty"));
  CHECK(has(with_tensor(raw_tensor("t", 1, {4, 1}, std::string(15, 'x'))), "15 bytes for 4x1"));
}

TEST_CASE("types that cannot be read are named") {
  CHECK(has(with_tensor(raw_tensor("t", 8, {4}, "abcd")), "a tensor of string cannot be read"));
  CHECK(has(with_tensor(raw_tensor("t", 22, {4, 1}, "ab")), "a tensor of type 22 cannot be read"));
  CHECK(has(with_tensor(raw_tensor("t", 0, {4, 1}, "abcd")), "a tensor of undefined cannot be read"));
  CHECK(has(with_tensor(int64_tensor("t", {4, 1}, {1, 2, 3, 4})), "input 2 is of int64; weights are floats"));
}

TEST_CASE("attributes that would overflow are refused") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max(), least = std::numeric_limits<std::int64_t>::min();
  const auto convolution = [](const std::string& attribute) {
    OnnxFile file;
    file.input("x", {1, 1, 4, 4}).output("y").initializer(float_tensor("w", {1, 1, 2, 2}, {1, 2, 3, 4}));
    return refusal(file.node("Conv", {"x", "w"}, {"y"}, {attribute}));
  };
  for (const auto number : {most, least, std::int64_t{-1}, std::int64_t{0}}) {
    CHECK(has(convolution(list("strides", {number, 1})), "strides is"));
    CHECK(has(convolution(list("dilations", {1, number})), "dilations is"));
    if (number != 0) CHECK(has(convolution(list("pads", {0, number, 0, 0})), "pads is"));
    CHECK(has(convolution(whole("group", number)), "group"));
  }
  CHECK(has(convolution(list("strides", {1})), "strides has 1 numbers; 2 are needed"));
  CHECK(has(convolution(list("pads", {})), "pads has 0 numbers"));
  CHECK(has(convolution(list("kernel_shape", {3, 3})), "kernel_shape differs"));

  const auto sized = [](const std::string& op, const std::vector<std::int64_t>& numbers) {
    OnnxFile file;
    file.input("x", {1, 4}).output("y");
    file.initializer(int64_tensor("n", {static_cast<std::int64_t>(numbers.size())}, numbers));
    return refusal(file.node(op, {"x", "n"}, {"y"}));
  };
  CHECK(has(sized("Reshape", {1, most}), "sizes"));
  CHECK(has(sized("Reshape", {1, std::int64_t{1} << 31, std::int64_t{1} << 31, 4}), "sizes"));
  CHECK(has(sized("Reshape", {-1, -1}), "sizes -1, -1"));
  CHECK(has(sized("Reshape", {4, 1}), "the first axis is the batch"));
  CHECK(has(sized("Reshape", {1, 4, 1, 1, 1, 1, 1, 1, 1}), "9 axes; at most 8 can be read"));
  CHECK(has(sized("Reshape", std::vector<std::int64_t>(1025, 1)), "no list of integers"));
  CHECK(has(sized("Squeeze", {most}), "axis"));
  CHECK(has(sized("Unsqueeze", {least}), "axis"));
  CHECK(has(sized("Pad", {0, most, 0, most}), "paddings"));
  CHECK(has(sized("Pad", {0, 0, 0, std::int64_t{1} << 31}), "gives 1x2147483652"));
  CHECK(has(sized("Pad", {0, -4, 0, 0}), "nothing is left"));
}

TEST_CASE("inputs that declare impossible extents are refused") {
  const auto taking = [](const Extents& extents) {
    OnnxFile file;
    return refusal(file.input("x", extents).output("y").node("Relu", {"x"}, {"y"}));
  };
  CHECK(has(taking({1, 0}), "cannot be read"));
  CHECK(has(taking({1, std::numeric_limits<std::int64_t>::max(), 2}), "too many elements"));
  CHECK(has(taking({1, std::int64_t{1} << 32}), "cannot be read"));
  CHECK(has(taking({1}), "takes no batch"));
  CHECK(has(taking({}), "does not say what it takes; write input:"));
}

TEST_CASE("graphs that do not hang together are refused") {
  const auto file = [] {
    OnnxFile made;
    return made.input("x", {1, 4}).output("y");
  };
  CHECK(has(
      refusal(file().node("Add", {"x", "b"}, {"a"}, {}, "one").node("Relu", {"a"}, {"b"}).node("Relu", {"b"}, {"y"})),
      "net.onnx: node 'one': reads, through others, what it makes"));
  CHECK(has(refusal(file().node("Relu", {"y"}, {"y"})), "the graph has a circle"));
  CHECK(has(refusal(file().node("MatMul", {"x", "w"}, {"y"})), "MatMul reads 'w', which nothing makes"));
  CHECK(has(refusal(file().node("Relu", {"x"}, {"z"})), "its output 'y' does not follow from its input"));
  CHECK(has(refusal(file().node("Relu", {"x"}, {"y"}).node("Relu", {"x"}, {"y"})), "two values are named 'y'"));
  CHECK(has(refusal(file().node("Relu", {"x"}, {"x"}).node("Relu", {"x"}, {"y"})), "two values are named 'x'"));
  CHECK(has(refusal(file()
                        .initializer(float_tensor("t", {1}, {1}))
                        .initializer(float_tensor("t", {1}, {1}))
                        .node("Relu", {"x"}, {"y"})),
            "two values are named 't'"));
  CHECK(has(refusal(file().node("Relu", {"x"}, {std::string(600, 'n')}).node("Relu", {std::string(600, 'n')}, {"y"})),
            "a name of 600 bytes"));
  CHECK(has(refusal(file().input("z", {1, 4}).node("Add", {"x", "z"}, {"y"})), "takes 2 tensors; a network takes one"));
  CHECK(has(refusal(file().output("x").node("Relu", {"x"}, {"y"})), "gives 2 tensors; a network gives one"));
  CHECK(has(refusal(file().node("Relu", {}, {"y"})), "of constants only"));
  CHECK(has(refusal(file().node("Relu", {"x", "x"}, {"y"})), "reads 2 values"));
  CHECK(has(refusal(file().node("Loop", {"x"}, {"y"}, {subgraph("body")}, "again")), "Loop depends on data"));
  CHECK(has(refusal(file().node("Relu", {"x"}, {"y"}, {subgraph("body")})), "has a graph of its own"));
  CHECK(has(refusal(file().node("Re\nlu", {"x"}, {"y"}, {}, "a\nb")), "node 'a?b': Re?lu has no operator here"));
  CHECK(has(refusal(file().node("Relu", {"x"}, {"y"}).bytes(12)), "is of opset 12; export it with opset 13 or later"));
  CHECK(has(refusal(std::string()), "is no ONNX model"));
}

TEST_CASE("tensors in other files are read from the model's own folder, by a plain name, and from nowhere else") {
  const Folder folder;
  const std::vector<float> numbers = {9, 1, 2, 3, 4, 9};
  const std::string raw(reinterpret_cast<const char*>(numbers.data()), 24);
  write_atomically(folder.model() / "net.data", raw);
  write_atomically(folder.model().parent_path() / "secret", raw);
  std::filesystem::create_symlink(folder.model().parent_path() / "secret", folder.model() / "link");
  using Where = std::vector<std::pair<std::string, std::string>>;
  const auto file = [](const Where& where) {
    OnnxFile made;
    made.input("x", {1, 4}).output("y").initializer(external_tensor("t", {4, 1}, where));
    return made.node("MatMul", {"x", "t"}, {"y"}).bytes();
  };
  const auto said = [&](const Where& where) { return refusal(file(where), folder.model()); };
  const auto at = [](const std::string& location) {
    return Where{{"location", location}, {"offset", "4"}, {"length", "16"}};
  };
  const auto read = onnx::read(file(at("net.data")), folder.model(), "net.onnx", {});
  const auto& weight = std::get<FullyConnected>(read.draft.steps.at(0).operation).weight;
  CHECK(std::vector<float>(weight.floats().begin(), weight.floats().end()) == std::vector<float>{1, 2, 3, 4});

  const auto outside = (folder.model().parent_path() / "secret").string();
  for (const auto& location : {std::string("../secret"), outside, std::string("a/net.data"), std::string("..\\secret"),
                               std::string(".."), std::string("."), std::string(), std::string("net.data\0x", 10)})
    CHECK(has(said(at(location)), "only a file in the model's own folder, by its plain name, is read"));
  CHECK(has(said(at("link")), "which is a link or no file"));
  CHECK(has(said(at("absent")), "which is not beside the model"));
  CHECK(has(said({{"offset", "4"}}), "external data without a location"));
  CHECK(has(said({{"location", "net.data"}, {"offset", "25"}}), "external data from byte 25"));
  CHECK(has(said({{"location", "net.data"}, {"offset", "16"}, {"length", "16"}}), "ends before byte 16 + 16"));
  CHECK(has(said({{"location", "net.data"}, {"offset", "18446744073709551615"}}), "from byte"));
  CHECK(has(said({{"location", "net.data"}, {"offset", "99999999999999999999"}}), "with the offset"));
  CHECK(has(said({{"location", "net.data"}, {"offset", "-4"}}), "with the offset '-4'"));
  CHECK(has(said({{"location", "net.data"}}), "24 bytes for 4x1"));
}

TEST_CASE("a small file does not become a large network by sharing") {
  OnnxFile file;
  file.input("x", {1, 300}).output("y").initializer(float_tensor("w", {300, 300}, std::vector<float>(90'000, 0.1f)));
  std::string last = "x";
  for (int i = 0; i < 1'000; ++i) {
    const auto next = i == 999 ? "y" : "v" + std::to_string(i);
    file.node("MatMul", {last, "w"}, {next});
    last = next;
  }
  CHECK(has(refusal(file), "the network is many times as large as its file"));

  OnnxFile doubling;  // a constant that doubles from node to node
  doubling.input("x", {1, 4}).output("y").initializer(int64_tensor("c0", {1}, {1}));
  for (int i = 0; i < 60; ++i)
    doubling.node("Concat", {"c" + std::to_string(i), "c" + std::to_string(i)}, {"c" + std::to_string(i + 1)},
                  {whole("axis", 0)});
  CHECK(has(refusal(doubling.node("Reshape", {"x", "c60"}, {"y"})), "a large constant in parts"));
  OnnxFile filled;
  filled.input("x", {1, 4}).output("y").initializer(int64_tensor("n", {2}, {1'000'000, 1'000'000}));
  CHECK(has(refusal(filled.node("ConstantOfShape", {"n"}, {"c"}).node("Reshape", {"x", "c"}, {"y"})), "a constant of"));
}

TEST_CASE("long ONNX files take time in proportion") {
  const auto chain = [](int length) {
    OnnxFile file;
    file.input("x", {1, 4}).output("v0");
    for (int i = 0; i < length; ++i)  // last node first: the order that is hardest to sort
      file.node("Relu", {i + 1 == length ? "x" : "v" + std::to_string(i + 1)}, {"v" + std::to_string(i)});
    return file.bytes();
  };
  const auto read = onnx::read(chain(100'000), ".", "net.onnx", {});
  CHECK(read.draft.steps.size() == 100'000);
}
