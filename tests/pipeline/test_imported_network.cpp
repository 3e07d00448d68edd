#include "pipeline/imported_network.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "catch.h"
#include "importing/torchscript/state_dict.h"
#include "nn/executor.h"

using namespace espalier;

namespace {

const std::string folder = ESPALIER_BINARY_DIR "/imported_networks";

struct Made {
  std::string path;
  std::string original;  ///< a TorchScript file that computes the same
  graph::Shape input;
};

/// What tests/importing/make_networks.py wrote: as TorchScript, or as ONNX.
std::vector<Made> networks(bool onnx) {
  std::vector<Made> all;
  std::ifstream list(folder + (onnx ? "/onnx_networks.txt" : "/networks.txt"));
  for (std::string line; std::getline(list, line);) {
    std::istringstream words(line);
    Made made;
    words >> made.path;
    made.path = folder + "/" + made.path + (onnx ? "" : ".pt");
    made.original = made.path;
    if (onnx) {
      words >> made.original;
      made.original = folder + "/" + made.original;
    }
    for (std::int64_t extent = 0; words >> extent;) made.input.push_back(extent);
    all.push_back(made);
  }
  return all;
}

at::Tensor random_input(const graph::Shape& shape) {
  at::manual_seed(5);
  std::vector<std::int64_t> sizes = {4};
  sizes.insert(sizes.end(), shape.begin(), shape.end());
  return at::randn(sizes);
}

/// In the imported network's own layout: absorbed transpositions and the axis that signals gain.
at::Tensor as_imported(const at::Tensor& x, const graph::Shape& declared) {
  auto y = x;
  if (declared.size() == 3 && x.dim() == 3 && declared[0] == x.size(2)) y = y.transpose(1, 2);
  std::vector<std::int64_t> sizes = {x.size(0)};
  sizes.insert(sizes.end(), declared.begin(), declared.end());
  return y.reshape(sizes);
}

/// Outputs of the import against PyTorch's, on random inputs. `input`: what the user says of it.
void check_same(const Made& made, const graph::Shape& input) {
  INFO(made.path);
  at::NoGradGuard off;
  const auto imported = pipeline::import_network(made.path, input, graph::standard_operators());
  const auto x = random_input(made.input);
  auto module = torch::jit::load(made.original);
  module.eval();
  auto wanted = module.forward({x}).toTensor();
  const auto own = nn::for_inference(imported.network);
  auto given = nn::forward(own, as_imported(x, imported.network.input_shape()), {}).logits;
  for (const auto& note : imported.notes)
    if (note.find("softmax") != std::string::npos) given = given.softmax(1);
  CHECK((given - wanted).abs().max().item<float>() <= 1e-5f * std::max(1.0f, wanted.abs().max().item<float>()));
}

/// Everything that the import says against a file; "" when it says nothing.
std::string problem_of(const std::string& path, const graph::Shape& input) {
  try {
    pipeline::import_network(path, input, graph::standard_operators());
    return "";
  } catch (const Error& error) {
    std::string all;
    for (const auto& problem : error.problems()) all += concat(problem.origin, ": ", problem.text, "\n");
    return all;
  }
}
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("networks saved by PyTorch give the same outputs once imported") {
  const auto all = networks(false);
  REQUIRE(all.size() == 18);
  for (const auto& made : all) check_same(made, made.input);
}

TEST_CASE("the same networks as ONNX give the same outputs, and say themselves what they take") {
  const auto all = networks(true);
  REQUIRE(all.size() >= 16);
  for (const auto& made : all) {
    check_same(made, {});
    check_same(made, made.input);
  }
  const auto wrote = [&](const char* ending) {
    return std::any_of(all.begin(), all.end(), [&](const auto& made) { return ends_with(made.path, ending); });
  };
  if (!wrote("_new.onnx")) WARN("skipped: PyTorch's newer exporter needs onnxscript");
  if (!wrote("quantized.onnx")) WARN("skipped: quantizing needs onnx and onnxruntime");
}

TEST_CASE("an int8 ONNX network has the very floats that its integers stand for") {
  if (!std::filesystem::exists(folder + "/quantized.onnx")) {
    WARN("skipped: needs onnx and onnxruntime");
    return;
  }
  const auto imported = pipeline::import_network(folder + "/quantized.onnx", {}, graph::standard_operators());
  const auto stored = importing::torchscript::read_state_dict(folder + "/quantized_state.pth");
  CHECK(imported.network.weights.size() == stored.size());
  for (const auto& [name, tensor] : stored) {
    INFO(name);
    REQUIRE(imported.network.weights.count(name));
    CHECK((imported.network.weights.at(name) == tensor));
  }
  REQUIRE(imported.notes.size() == 2);
  CHECK(imported.notes[0] == "15 activations carry encodings (int8)");
  CHECK(imported.notes[1] == "7 quantizers end at 0 and are read as ReLUs");  // onnxruntime left them out
}

TEST_CASE("layers of ONNX files keep the names that the module gives them") {
  const auto imported = pipeline::import_network(folder + "/res_net.onnx", {}, graph::standard_operators());
  CHECK(imported.network.find("layer2.0.downsample.0"));
  CHECK(imported.network.weights.count("layer1.1.conv2.weight"));
  CHECK(imported.network.weights.count("fc.bias"));
}

TEST_CASE("layers keep the names that the module gives them") {
  const auto imported =
      pipeline::import_network(folder + "/res_net_scripted.pt", {3, 32, 32}, graph::standard_operators());
  CHECK(imported.network.find("layer2.0.downsample.0"));
  CHECK(imported.network.weights.count("layer1.1.conv2.weight"));
  CHECK(imported.network.weights.count("fc.bias"));
}

TEST_CASE("files that are no TorchScript are refused by name") {
  const auto path = std::filesystem::temp_directory_path() / concat("espalier_not_torchscript_", ::getpid(), ".pt");
  write_atomically(path, std::string("PK\x03\x04 no archive"));
  CHECK(has(problem_of(path.string(), {3, 8, 8}), "cannot be read as TorchScript"));
  const auto whole = read_bytes(folder + "/res_net_traced.pt");
  for (const std::size_t kept : {whole.size() / 7, whole.size() / 2, whole.size() - 30}) {
    write_atomically(path, std::string(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept)));
    CHECK(has(problem_of(path.string(), {3, 32, 32}), "cannot be read as TorchScript"));
  }
  write_atomically(path, std::string("\x80\x02}q.", 5));
  CHECK(has(problem_of(path.string(), {3, 8, 8}), "cannot be read as TorchScript: it is no zip archive"));
  CHECK_THROWS_WITH(importing::torchscript::read_state_dict(path.string()),
                    Catch::Contains("PyTorch 1.6 or later: it is no zip archive"));
  std::filesystem::remove(path);
  CHECK(has(problem_of("no/such.pt", {3, 8, 8}), "does not exist"));
}

TEST_CASE("what values that never change, or floats, cannot tell is refused and not left out") {
  const auto said = [](const char* name) { return problem_of(concat(folder, "/refused_", name, ".pt"), {54}); };
  CHECK(has(said("WrittenThroughView"), "aten::relu_ changes a value that is read again later"));
  CHECK(has(said("ExtendedList"), "aten::extend changes a list"));
  CHECK(has(said("WholeNumbers"), "aten::to: values become Int; activations are floats"));
  CHECK(has(said("SoftmaxOfBatch"), "a softmax along axis 0; only channels (axis 1) are classes"));
}

TEST_CASE("TorchScript that no one would write is refused without harm") {
  const auto path = std::filesystem::temp_directory_path() / concat("espalier_hostile_", ::getpid(), ".pt");
  const auto said = [&](const std::string& body) {
    torch::jit::Module module("hostile");
    module.define("def forward(self, x):\n" + body + "\n");
    module.save(path.string());
    const auto text = problem_of(path.string(), {9, 128});
    std::filesystem::remove(path);
    INFO(body << "\n" << text);
    CHECK(std::count(text.begin(), text.end(), '\n') == 1);
    CHECK(text.rfind(path.string(), 0) == 0);
    return text;
  };
  CHECK(has(said("    return torch.transpose(x, 9, -9)"), "axis -9 of 3"));
  for (const char* body :
       {"torch.unsqueeze(x, 9)", "torch.flatten(x, 5, 1)", "torch.flatten(x, 2, 1)", "torch.squeeze(x, 44)",
        "torch.mean(x, [9, -9])", "torch.cat([x, x], 77)", "x.view([0, -1])", "torch.permute(x, [0, 7, -9])",
        "torch.softmax(x, -7)", "x", "torch.relu(x)[:, 1:]", "torch.reshape(x, [1, 4611686018427387904, 4])",
        "torch.max_pool1d(x.mean([1, 2]), [2])", "torch.constant_pad_nd(x, [2147483648, 0, 2147483648, 0], 0)",
        "torch.max_pool1d(x, [-1])", "torch.adaptive_avg_pool1d(x, [0])"})
    said(concat("    return ", body));
  CHECK(has(said("    y : List[Tensor] = []\n    return torch.cat(y, 1)"), "a list that is computed, or empty"));
  CHECK(has(said("    for i in range(100):\n      for j in range(100):\n        for k in range(100):\n"
                 "          x = torch.relu(x)\n    return x"),
            "has loops of more than 50000 operations"));
}

TEST_CASE("archives that unpack to many times their size are refused before they are read") {
  CHECK(has(problem_of(folder + "/inflated_tiny.pt", {1, 9, 6}), "would unpack to many times its"));
  CHECK_THROWS_WITH(importing::torchscript::read_state_dict(folder + "/inflated_tiny_state.pth"),
                    Catch::Contains("would unpack to many times its"));
  CHECK_THROWS_WITH(importing::torchscript::read_state_dict(folder + "/repeated_state.pth"),
                    Catch::Contains("would unpack to many times its"));
}

TEST_CASE("unknown operators are named all at once with what to write instead, and nothing that only follows") {
  const auto text = problem_of(folder + "/refused_Foreign.pt", {2, 8, 8});
  for (const char* part :
       {"(in gelu): aten::gelu has no operator here; write relu or hard_swish",
        "aten::chunk has no operator here; write a convolution for each part",
        "(in norm): aten::group_norm has no operator here; write batch norm", "prim::If depends on data"})
    CHECK(has(text, part));
  INFO(text);
  CHECK(std::count(text.begin(), text.end(), '\n') == 5);
}

TEST_CASE("an input that does not fit is refused once, with the layer and its place in the user's source") {
  for (const char* how : {"traced", "scripted"}) {
    const auto text = problem_of(folder + "/res_net_" + how + ".pt", {1, 32, 32});
    CHECK(has(text, "(in conv1)"));
    CHECK(has(text, "the weight takes 3 channels, the input has 1"));
    CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  }
  CHECK(has(problem_of(folder + "/res_net_scripted.pt", {1, 32, 32}), "make_networks.py:"));
}
