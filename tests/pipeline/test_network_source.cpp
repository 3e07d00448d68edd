#include "pipeline/network_source.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include "catch.h"
#include "graph/safetensors.h"
#include "importing/torchscript/state_dict.h"
#include "nn/executor.h"
#include "pipeline/written_recipe.h"
#include "training/checkpoint.h"

using namespace espalier;
using pipeline::all_of;
using pipeline::has_problem;
using pipeline::WrittenRecipe;

namespace {

const std::string made = ESPALIER_BINARY_DIR "/imported_networks/";

std::string recipe(const std::string& student, const std::string& compression = "[]") {
  return "name: r\ndata: {type: small}\nstudent: " + student +
         "\ntraining: {epochs: 2, batch_size: 10}\nexport: [torchscript]\ncompression: " + compression + "\n";
}

struct Planned {
  explicit Planned(const std::string& yaml) : written(yaml) { plan = written.plan(problems); }
  bool notes(const std::string& part) const {
    for (const auto& note : plan.notes)
      if (note.find(part) != std::string::npos) return true;
    return false;
  }
  WrittenRecipe written;
  std::vector<Problem> problems;
  pipeline::Plan plan;
};

/// Logits of the network on a fixed input, and PyTorch's of the module in tiny.pt.
at::Tensor difference_to_tiny(const graph::Network& network) {
  at::NoGradGuard off;
  at::manual_seed(3);
  const auto x = at::randn({4, 1, 9, 6});
  auto module = torch::jit::load(made + "tiny.pt");
  return nn::forward(nn::for_inference(network), x, {}).logits - module.forward({x}).toTensor();
}
double largest(const at::Tensor& x) { return x.abs().max().item<double>(); }

}  // namespace

TEST_CASE("an imported student has the file's weights and the plan's checks") {
  const Planned good(recipe("{import: " + made + "tiny.pt}"));
  INFO(all_of(good.problems));
  REQUIRE(good.problems.empty());
  CHECK(largest(difference_to_tiny(good.plan.student)) < 1e-5);
  CHECK(has_problem(Planned(recipe("{import: " + made + "tiny.pt, model: model.yaml}")).problems, "recipe.yaml:3",
                    "either model or import"));
  CHECK(has_problem(Planned(recipe("{import: " + made + "tiny.pt, input: [1, 1, 8, 8]}")).problems, "recipe.yaml:3",
                    "the network takes 1x8x8, the data gives 1x9x6"));
  CHECK(has_problem(Planned(recipe("{import: " + made + "wave.pt, input: [1, 54]}")).problems, "recipe.yaml:3",
                    "aten::sin has no operator here"));
  CHECK(has_problem(Planned(recipe("{import: absent.pt}")).problems, "recipe.yaml:3", "does not exist"));
}

TEST_CASE("students and teachers may be ONNX files") {
  const Planned student(recipe("{import: " + made + "tiny.onnx}"));
  INFO(all_of(student.problems));
  REQUIRE(student.problems.empty());
  CHECK(largest(difference_to_tiny(student.plan.student)) < 1e-5);
  const Planned teacher(recipe("model.yaml", "[{type: distill, teacher: {import: " + made + "tiny.onnx}}]"));
  INFO(all_of(teacher.problems));
  REQUIRE(teacher.problems.empty());
  CHECK(largest(difference_to_tiny(teacher.plan.teachers.at(0).network)) < 1e-5);
  CHECK(has_problem(Planned(recipe("{import: " + made + "tiny.onnx, input: [1, 1, 8, 8]}")).problems, "recipe.yaml:3",
                    "takes 1x9x6, not 1x8x8"));
}

TEST_CASE("a model file starts from tensors by name: a state_dict, a checkpoint's with a prefix, safetensors") {
  WrittenRecipe folder("name: x\n");
  graph::TensorFile file;
  file.tensors = importing::torchscript::read_state_dict(made + "tiny_state.pth");
  graph::save_safetensors(folder.file("tiny.safetensors"), file);
  const std::string names = "map: {\"stem.*\": \"stem.*\", \"norm.*\": \"stem.batch_norm.*\"}";
  const std::string prefixed = "map: {\"module.norm.*\": \"stem.batch_norm.*\", \"module.*\": \"*\"}";
  for (const auto& weights :
       {"file: " + made + "tiny_state.pth, " + names, "file: " + made + "tiny_checkpoint.pth, " + prefixed,
        "file: " + folder.file("tiny.safetensors").string() + ", " + names, "file: " + made + "tiny.pt, " + names}) {
    const Planned planned(recipe("{model: model.yaml, weights: {" + weights + "}}"));
    INFO(weights << "\n" << all_of(planned.problems));
    REQUIRE(planned.problems.empty());
    CHECK(planned.notes("7 tensors taken"));
    CHECK(largest(difference_to_tiny(planned.plan.student)) < 1e-5);
  }
}

TEST_CASE("a resolved recipe starts from the same tensors, wherever it lies") {
  const Planned first(recipe("{model: model.yaml, weights: {file: " + made + "tiny_state.pth, partial: true}}"));
  REQUIRE(first.problems.empty());
  CHECK(first.notes("not in the file, left as initialized: stem.batch_norm"));
  CHECK(first.notes("in the file only: norm.bias"));
  const Planned again(first.plan.resolved.yaml());
  INFO(all_of(again.problems));
  REQUIRE(again.problems.empty());
  CHECK((again.plan.student.weights == first.plan.student.weights));
}

TEST_CASE("weights that do not fit, or that are none, are refused at their key") {
  WrittenRecipe folder("name: x\n");
  folder.write("torn.pth", "PK\x03\x04 torn");
  const auto refusal = [](const std::string& weights) {
    return Planned(recipe("{model: model.yaml, weights: " + weights + "}")).problems;
  };
  CHECK(has_problem(refusal(folder.file("torn.pth").string()), "recipe.yaml:3", "cannot be read as a state_dict"));
  CHECK(has_problem(refusal(made + "tiny_module.pth"), "recipe.yaml:3", "save model.state_dict(), not the model"));
  CHECK(has_problem(refusal("absent.pth"), "recipe.yaml:3", "does not exist"));
  CHECK(has_problem(refusal("{file: " + made + "tiny_checkpoint.pth}"), "recipe.yaml:3", "module.head.bias"));
  CHECK(has_problem(refusal("{file: " + made + "tiny_state.pth, map: {\"head.weight\": stem.weight}}"), "recipe.yaml:3",
                    "two tensors of the file become 'stem.weight'"));
  CHECK(has_problem(refusal("{file: " + made + "res_net_traced.pt, map: {\"fc.*\": \"head.*\"}}"), "recipe.yaml:3",
                    "head.weight: 10x16 in the file, 5x8 here"));
}

TEST_CASE("a teacher that can be imported is a network; another one runs as it is, and says why") {
  const auto distill = [](const std::string& teacher) {
    return recipe("model.yaml", "[{type: distill, teacher: {" + teacher + "}}]");
  };
  const Planned imported(distill("import: " + made + "tiny.pt"));
  INFO(all_of(imported.problems));
  REQUIRE(imported.problems.empty());
  CHECK(imported.plan.teachers.at(0).opaque.empty());
  CHECK(largest(difference_to_tiny(imported.plan.teachers.at(0).network)) < 1e-5);

  const Planned opaque(distill("import: " + made + "wave.pt, input: [1, 54]"));
  INFO(all_of(opaque.problems));
  REQUIRE(opaque.problems.empty());
  CHECK(opaque.plan.teachers.at(0).opaque == made + "wave.pt");
  CHECK(opaque.notes("cannot be imported: "));
  CHECK(opaque.notes("aten::sin"));

  CHECK(has_problem(Planned(distill("import: " + made + "wave.pt")).problems, "recipe.yaml:6", "wave.pt"));
  CHECK(has_problem(Planned(distill("torchscript: " + made + "res_net_traced.pt")).problems, "recipe.yaml:6",
                    "does not take 1x1x9x6"));
  CHECK(has_problem(Planned(distill("model: model.yaml, input: [1, 54]")).problems, "recipe.yaml:6",
                    "for a teacher made elsewhere"));
}

TEST_CASE("a teacher has a front end of its own where its input says so") {
  const Planned planned(
      recipe("model.yaml", "[{type: distill, teacher: {import: " + made + "wave.pt, input: {flat: true}}}]"));
  INFO(all_of(planned.problems));
  REQUIRE(planned.problems.empty());
  const auto& teacher = planned.plan.teachers.at(0);
  REQUIRE(teacher.own_data);
  CHECK(teacher.own_data->shape() == std::vector<std::int64_t>{54});
  CHECK(planned.plan.data->shape() == std::vector<std::int64_t>{1, 9, 6});
}
