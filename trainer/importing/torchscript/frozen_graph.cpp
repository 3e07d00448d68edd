#include "importing/torchscript/frozen_graph.h"

#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/loop_unrolling.h>
#include <torch/csrc/jit/passes/lower_tuples.h>
#include <torch/csrc/jit/passes/peephole.h>
#include <torch/csrc/jit/passes/remove_mutation.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "importing/torchscript/archive.h"
#include "importing/torchscript/mutation.h"

namespace espalier::importing::torchscript {

namespace {
constexpr int most_nodes = 50'000;

/// How many nodes there are once loops of known length are unrolled.
double unrolled_size(const torch::jit::Block* block) {
  double size = 0;
  for (const auto* node : block->nodes()) {
    ++size;
    const bool loops = node->kind() == c10::prim::Loop;
    const auto times = loops ? torch::jit::toIValue(node->input(0)) : std::nullopt;
    const auto goes_on = loops ? torch::jit::toIValue(node->input(1)) : std::nullopt;
    const bool unrolls = times && times->isInt() && goes_on && goes_on->isBool() && goes_on->toBool();
    for (const auto* inner : node->blocks())
      size += unrolled_size(inner) * (unrolls ? static_cast<double>(times->toInt()) : 1.0);
  }
  return size;
}

void refuse_long_loops(const torch::jit::Graph& graph, const std::string& origin) {
  if (unrolled_size(graph.block()) > most_nodes)
    mistake(origin, concat("has loops of more than ", most_nodes, " operations"));
}

}  // namespace

std::string first_line(const std::exception& e) {
  const std::string text = e.what();
  const auto begin = std::min(text.find_first_not_of(" \n"), text.size());
  return text.substr(begin, text.find('\n', begin) - begin);
}

void fold(std::shared_ptr<torch::jit::Graph>& graph, const std::string& origin) {
  using namespace torch::jit;
  for (int round = 0; round < 3; ++round) {
    replace_appends(*graph);
    RemoveListMutation(graph);
    RemoveTensorMutation(graph);
    PeepholeOptimize(graph);
    ConstantPropagation(graph);
    refuse_long_loops(*graph, origin);
    UnrollConstantLoops(graph);
    LowerSimpleTuples(graph);
    EliminateDeadCode(graph);
  }
}

std::shared_ptr<torch::jit::Graph> frozen_graph(torch::jit::Module module, const std::string& origin,
                                                const graph::Shape& input_shape) {
  using namespace torch::jit;
  try {
    module.eval();
    if (!module.find_method("forward")) mistake(origin, "has no forward()");
    auto written = module.get_method("forward").graph()->copy();
    Inline(*written);
    refuse_long_loops(*written, origin);  // freezing unrolls them, too
    module = freeze(module, std::nullopt, /*optimize_numerics=*/false);
    auto graph = module.get_method("forward").graph()->copy();
    if (graph->inputs().size() != 2 && graph->inputs().size() != 1)  // self, which freezing may remove
      mistake(origin, concat("forward() takes ", graph->inputs().size() - 1, " inputs; networks here take one"));
    Inline(*graph);
    graph->inputs().back()->setType(TensorType::createContiguous(at::kFloat, at::kCPU, input_shape));
    fold(graph, origin);
    return graph;
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    mistake(origin, concat("cannot be read as TorchScript: ", first_line(e)));
  }
}

std::shared_ptr<torch::jit::Graph> frozen_graph(const std::string& path, const graph::Shape& input_shape) {
  refuse_no_archive(path, "TorchScript");
  torch::jit::Module module;
  try {
    {
      caffe2::serialize::PyTorchStreamReader archive(path);
      refuse_inflated(archive, path);
    }
    module = torch::jit::load(path, at::kCPU);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    mistake(path, concat("cannot be read as TorchScript: ", first_line(e)));
  }
  return frozen_graph(std::move(module), path, input_shape);
}

}  // namespace espalier::importing::torchscript
