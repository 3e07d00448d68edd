#include "importing/torchscript/reader.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "importing/advice.h"
#include "importing/torchscript/frozen_graph.h"
#include "importing/torchscript/mutation.h"
#include "importing/torchscript/rules.h"

namespace espalier::importing::torchscript {
namespace {

using torch::jit::Node;
using torch::jit::Value;

/// LibTorch's marks for modules without a name of their own.
bool own_name(const std::string& instance) { return instance != "SELF" && instance != "INSTANCE_NAME_UNKNOWN"; }

/// Written by the user, not by PyTorch's own modules.
bool own_source(const torch::jit::SourceRange& range) {
  const auto at = range.file_line_col();
  return at && std::get<0>(*at).find("/torch/nn/") == std::string::npos;
}

torch::jit::SourceRange original_of(const torch::jit::SourceRange& range) {
  const auto original = range.findSourceRangeThatGenerated();
  return original ? *original : range;
}

/// The innermost line of the user's own source that the file records; otherwise of PyTorch's or of the code in the
/// file.
torch::jit::SourceRange source_of(const Node* node) {
  const auto innermost = original_of(node->sourceRange());
  if (own_source(innermost) || !node->callstack()) return innermost;
  const auto calls = (*node->callstack())->vec();
  for (auto call = calls.rbegin(); call != calls.rend(); ++call)
    if (const auto range = original_of(std::get<torch::jit::SourceRange>(*call)); own_source(range)) return range;
  return innermost;
}

/// The modules around a node: "layer1.0.conv1".
std::string module_of(const Node* node) {
  std::string path;
  if (!node->callstack()) return path;
  for (const auto& call : (*node->callstack())->vec()) {
    const auto& module = std::get<std::optional<torch::jit::ModuleInstanceInfo>>(call);
    if (!module || module->instance_name().empty() || !own_name(module->instance_name())) continue;
    path += concat(path.empty() ? "" : ".", module->instance_name());
  }
  return path;
}

std::string place_of(const std::string& path, const Node* node) {
  const auto module = module_of(node);
  const auto of_module = module.empty() ? "" : concat(" (in ", module, ")");
  if (const auto at = source_of(node).file_line_col(); at && !std::get<0>(*at).empty())
    return concat(path, ": ", std::get<0>(*at), ":", std::get<1>(*at), of_module);
  return concat(path, of_module);
}

/// "layer1.0.conv1" from a weight's "self.layer1.0.conv1.weight"; of what has no weights, from the modules around it.
std::string layer_of(const Node* node) {
  for (const auto* input : node->inputs()) {
    const auto name = input->debugName();
    if (!starts_with(name, "self.") || !torch::jit::toIValue(input)) continue;
    const auto without = name.substr(5);
    const auto dot = without.rfind('.');
    if (dot != std::string::npos) return without.substr(0, dot);
  }
  return module_of(node);
}

Shape with_batch(const Shape& shape) {
  Shape batched = {1};
  batched.insert(batched.end(), shape.begin(), shape.end());
  return batched;
}

class Reader {
 public:
  /// `input_shape` with the batch axis.
  Reader(std::shared_ptr<torch::jit::Graph> graph, const std::string& path, Shape input_shape)
      : path_(path), graph_(std::move(graph)) {
    draft_.input_shape = std::move(input_shape);
    while (annotate() > 0) fold(graph_, path_);
    for (const auto* node : graph_->nodes()) recurs_ = recurs_ || is_recurrent(node);
  }

  Draft run() {
    draft_.input = graph_->inputs().back()->debugName();
    const Changes changes(graph_);
    for (auto* node : graph_->nodes()) read_node(node, changes.objection(node));
    if (graph_->outputs().size() != 1 || !is_tensor(graph_->outputs()[0]))
      problems_.push_back({path_, "forward() must give one tensor; save a module that returns the logits alone"});
    else if (problems_.empty() && broken_.count(graph_->outputs()[0]))
      problems_.push_back({path_, "forward() does not always give a tensor"});
    else if (draft_.steps.empty() && problems_.empty())
      problems_.push_back({path_, "has no layers: its output is its input"});
    refuse(problems_);
    draft_.output = graph_->outputs()[0]->debugName();
    return std::move(draft_);
  }

 private:
  /// Tells LibTorch the shapes that follow from what is constant by now; a size that becomes constant so may decide a
  /// later operator's arguments. Returns how many are new.
  int annotate() {
    int found = 0;
    for (auto* node : graph_->nodes()) {
      if (is_recurrent(node)) found += annotate_states(node);
      const auto rule = rules().find(node->kind().toQualString());
      if (rule == rules().end() || node->outputs().size() != 1 || known_shape(node->output())) continue;
      try {
        std::vector<Shape> in;
        for (const auto* value : tensors_of(node)) {
          const auto shape = known_shape(value);
          if (!shape) break;
          in.push_back(*shape);
        }
        if (in.empty() || in.size() != tensors_of(node).size()) continue;
        const auto shape = output_shape(rule->second(node), in);
        node->output()->setType(c10::TensorType::createContiguous(at::kFloat, at::kCPU, shape));
        ++found;
      } catch (const Unreadable&) {  // said when the node is read
      } catch (const Misfit&) {
      } catch (const std::exception&) {
      }
    }
    return found;
  }

  /// The results of a recurrent layer.
  static int annotate_states(Node* node) {
    const auto in = known_shape(node->input(0));
    if (!in || in->size() != 3 || known_shape(node->output(0))) return 0;
    try {
      const auto layers = recurrent_layers(node);
      const auto top = recurrence(node, layers - 1, false, inner_shape(node, *in, layers - 1));
      const auto type = [](const Shape& shape) {
        return c10::TensorType::createContiguous(at::kFloat, at::kCPU, shape);
      };
      const auto directions = static_cast<std::int64_t>(top.directions.size());
      node->output(0)->setType(type(top.shape));
      for (std::size_t i = 1; i < node->outputs().size(); ++i)
        node->output(i)->setType(type({layers * directions, 1, top.hidden()}));
      return 1;
    } catch (const std::exception&) {
    } catch (const Unreadable&) {  // said when the node is read
    }
    return 0;
  }

  /// What layer `layer` of a stack reads.
  static Shape inner_shape(const Node* node, Shape input, std::int64_t layer) {
    for (std::int64_t i = 0; i < layer; ++i) input = recurrence(node, i, false, input).shape;
    return input;
  }

  void read_recurrent(const Node* node) {
    const auto used = [&](std::size_t i) { return node->output(i)->hasUses(); };
    const auto in = known_shape(node->input(0));
    if (!in) throw Unreadable{"the shape of its input is not known before the network runs"};
    for (std::size_t i = 2; i < node->outputs().size(); ++i)
      if (used(i)) throw Unreadable{"the cell's state is read; only the output and h_n have an operator here"};
    const auto layers = recurrent_layers(node);
    if (layers > 1 && used(1))
      throw Unreadable{
          "h_n of several layers is read; read the last step of the output, or write the layers one by one"};
    auto value = node->input(0)->debugName();
    const auto place = place_of(path_, node);
    const auto add = [&](std::int64_t layer, bool last, const std::string& output) {
      auto name = layer_of(node);
      if (layers > 1) name += concat(name.empty() ? "layer" : ".", layer);
      draft_.steps.push_back(
          {output, recurrence(node, layer, last, inner_shape(node, *in, layer)), {value}, name, place});
    };
    for (std::int64_t layer = 0; layer + 1 < layers; ++layer) {
      const auto output = concat(node->output(0)->debugName(), ".layer", layer);
      add(layer, false, output);
      value = output;
    }
    if (used(0)) add(layers - 1, false, node->output(0)->debugName());
    if (used(1)) add(layers - 1, true, node->output(1)->debugName());
  }

  void read_node(const Node* node, const std::string& change) {
    const std::string kind = node->kind().toQualString();
    if (!change.empty()) return problem(node, concat(kind, " ", change));
    // Sizes and lists are arguments: what reads them says what is wrong with them.
    const auto outputs = node->outputs();
    const bool makes_tensor = std::any_of(outputs.begin(), outputs.end(), is_tensor) || !node->blocks().empty();
    if (node->kind() == c10::prim::Constant || !makes_tensor) return;
    if (node->kind() == c10::prim::Uninitialized) return broken(node);  // of a branch that ends in an exception
    if (!node->blocks().empty() && (lost_shapes_ || asks_lost_shape(node))) return broken(node);
    if (!node->blocks().empty())
      return problem(node, concat(kind, " depends on data; only forward() without branches on values can be imported"));
    const auto rule = rules().find(kind);
    if (rule == rules().end() && !is_recurrent(node)) return unknown(unpacked(node), node);
    try {
      if (is_recurrent(node)) return read_recurrent(node);
      std::vector<std::string> inputs;
      for (const auto* value : tensors_of(node)) inputs.push_back(value->debugName());
      auto operation = rule->second(node);
      if (!recurs_ && std::holds_alternative<Part>(operation))
        throw Unreadable{"a part of a value has no operator here; write a convolution for each part"};
      check_inputs(node, operation);
      draft_.steps.push_back(
          {node->output()->debugName(), std::move(operation), inputs, layer_of(node), place_of(path_, node)});
    } catch (const Misfit& misfit) {
      lost_shapes_ = true;
      problem(node, concat(kind, ": ", misfit.text));
    } catch (const Unreadable& reason) {
      if (!follows_a_problem(node)) problem(node, concat(kind, ": ", reason.text));
      broken(node);
    } catch (const std::exception& e) {
      problem(node, concat(kind, ": ", first_line(e)));
    }
    if (follows_a_problem(node)) broken_.insert(node->output());
  }

  /// Throws Misfit; what is behind a misfit is judged no more.
  static void check_inputs(const Node* node, const Operation& operation) {
    std::vector<Shape> in;
    for (const auto* value : tensors_of(node))
      if (const auto shape = known_shape(value)) in.push_back(*shape);
    if (!in.empty() && in.size() == tensors_of(node).size()) output_shape(operation, in);
  }

  bool follows_a_problem(const Node* node) const {
    for (const auto* value : tensors_of(node))
      if (broken_.count(value)) return true;
    return false;
  }

  /// The inputs that are no constants; of a list, its members.
  static std::vector<const Value*> tensors_of(const Node* node) {
    std::vector<const Value*> values;
    for (const auto* input : node->inputs()) {
      if (input->node()->kind() == c10::prim::ListConstruct) {
        for (const auto* member : input->node()->inputs())
          if (is_tensor(member)) values.push_back(member);
      } else if (!torch::jit::toIValue(input) && is_tensor(input)) {
        values.push_back(input);
      }
    }
    return values;
  }
  static bool is_tensor(const Value* value) { return value->type()->isSubtypeOf(*c10::TensorType::get()); }

  static bool asks_shape(const Node* node) {
    using namespace c10;
    return node->kind() == aten::size || node->kind() == aten::dim || node->kind() == aten::numel ||
           node->kind() == aten::len;
  }
  /// Whether sizes that a problem before it leaves unknown decide a branch or a loop.
  bool asks_lost_shape(const Node* node) const {
    std::set<const Node*> asked;
    std::vector<const Node*> next = {node};
    while (!next.empty()) {
      const auto* current = next.back();
      next.pop_back();
      for (const auto* input : current->inputs()) {
        if (!is_tensor(input)) {
          if (asked.insert(input->node()).second) next.push_back(input->node());
        } else if (asks_shape(current) && broken_.count(input)) {
          return true;
        }
      }
    }
    return false;
  }

  /// The operator that makes a list or a tuple, of a node that takes it apart.
  static const Node* unpacked(const Node* node) {
    using namespace c10;
    const bool unpacks = node->kind() == prim::ListUnpack || node->kind() == prim::TupleUnpack ||
                         node->kind() == Symbol::fromQualString("aten::__getitem__");
    const auto* maker = unpacks ? node->input(0)->node() : node;
    return maker->kind() == prim::Param || maker->kind() == prim::Constant ? node : maker;
  }

  void unknown(const Node* node, const Node* reader) {
    const std::string kind = node->kind().toQualString();
    if (unknown_.insert(node).second) problem(node, concat(kind, " ", no_operator(kind)));
    broken(reader);
  }

  void problem(const Node* node, std::string text) {
    problems_.push_back({place_of(path_, node), std::move(text)});
    broken(node);
  }
  void broken(const Node* node) { broken_.insert(node->outputs().begin(), node->outputs().end()); }

  std::string path_;
  std::shared_ptr<torch::jit::Graph> graph_;
  Draft draft_;
  std::vector<Problem> problems_;
  std::set<const Node*> unknown_;  ///< named already
  bool recurs_ = false;            ///< it has a recurrent layer, of whose states parts may be read
  bool lost_shapes_ = false;       ///< an operator does not fit its input: what follows has no shape
  std::set<const Value*> broken_;  ///< made by, or from, what has a problem
};

Draft draft_of(std::shared_ptr<torch::jit::Graph> graph, const std::string& origin, const Shape& batched) {
  try {
    return Reader(std::move(graph), origin, batched).run();
  } catch (const c10::Error& e) {
    mistake(origin, concat("cannot be read as TorchScript: ", first_line(e)));
  }
}

}  // namespace

Draft read(const std::string& path, const Shape& input_shape) {
  const auto batched = with_batch(input_shape);
  return draft_of(frozen_graph(path, batched), path, batched);
}

Draft read(torch::jit::Module module, const std::string& origin, const Shape& input_shape) {
  const auto batched = with_batch(input_shape);
  return draft_of(frozen_graph(std::move(module), origin, batched), origin, batched);
}

}  // namespace espalier::importing::torchscript
