#include "importing/onnx/reader.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "importing/advice.h"
#include "importing/onnx/folding.h"
#include "importing/onnx/graph.h"
#include "importing/onnx/layer_names.h"
#include "importing/onnx/operation_facts.h"
#include "importing/onnx/quantization.h"
#include "importing/onnx/rules.h"

namespace espalier::importing::onnx {
namespace {

constexpr std::int64_t first_opset = 13;

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& folder, const std::string& origin)
      : origin_(origin), size_(bytes.size()), files_(folder), model_(parse(bytes, origin)) {
    recurs_ = std::ranges::any_of(model_.nodes, [](const Node& node) { return is_recurrent(node.op_type); });
  }

  Imported run(const Shape& given) {
    check_model();
    links_ = link(model_, origin_, problems_);
    refuse(problems_);
    read_input(given);
    for (const auto place : links_.order) read_node(model_.nodes[place]);
    const auto* output = value(model_.outputs[0]);
    if (problems_.empty() && (!output || !output->is_activation()))
      problem("", concat("its output '", shown(model_.outputs[0]), "' does not follow from its input"));
    refuse(problems_);
    if (imported_.draft.steps.empty()) refuse_file("has no layers: its output is its input");
    imported_.draft.output = output->name;
    return std::move(imported_);
  }

 private:
  void problem(const std::string& where, std::string text) {
    problems_.push_back({where.empty() ? origin_ : concat(origin_, ": ", where), std::move(text)});
  }
  [[noreturn]] void refuse_file(std::string text) const { mistake(origin_, std::move(text)); }

  void check_model() {
    if (model_.nodes.empty() || model_.outputs.empty())
      refuse_file("is no ONNX model: it has no graph, or an empty one");
    if (model_.opset == 0) refuse_file("is no whole ONNX model: it names no opset");
    if (model_.opset < first_opset)
      refuse_file(concat("is of opset ", model_.opset, "; export it with opset ", first_opset, " or later"));
    if (model_.has_sparse) refuse_file("has sparse tensors; export dense ones");
    if (model_.outputs.size() != 1)
      refuse_file(concat("gives ", model_.outputs.size(), " tensors; a network gives one"));
  }

  // --- the input

  void read_input(const Shape& given) {
    std::vector<const Input*> inputs;
    for (const auto& input : model_.inputs)
      if (!links_.initializer.count(input.name)) inputs.push_back(&input);
    if (inputs.size() != 1) refuse_file(concat("takes ", inputs.size(), " tensors; a network takes one"));
    const auto& input = *inputs[0];
    if (!is_real(input.type)) refuse_file(concat("takes ", name_of(input.type), "; a network takes floats"));
    auto& draft = imported_.draft;
    draft.input = std::string(input.name);
    draft.input_shape = input_shape(input, given);
    values_[input.name] = activation(input.name, draft.input, draft.input_shape);
  }

  Shape input_shape(const Input& input, const Shape& given) const {
    if (input.has_shape && input.extents.size() < 2) refuse_file("takes no batch: its input has fewer than two axes");
    Shape shape = {1};
    shape.insert(shape.end(), given.begin(), given.end());
    if (given.empty() && input.has_shape) shape.resize(input.extents.size(), -1);
    if (input.has_shape && input.extents[0] > 1)
      refuse_file(concat("takes batches of ", input.extents[0], "; export it for a batch of 1, or of any size"));
    bool agrees = !input.has_shape || input.extents.size() == shape.size();
    for (std::size_t i = 1; agrees && input.has_shape && i < shape.size(); ++i) {
      if (shape[i] == -1) shape[i] = input.extents[i];
      agrees = input.extents[i] == -1 || input.extents[i] == shape[i];
    }
    if (!agrees) refuse_file(concat("takes ", written(input.extents), ", not ", graph::text_of(given)));
    if (shape.size() < 2 || std::count(shape.begin(), shape.end(), -1))
      refuse_file(concat("does not say what it takes", input.has_shape ? concat(" (", written(input.extents), ")") : "",
                         "; write input: [1, 3, 96, 96], or --input 3,96,96"));
    check_size(shape);
    return shape;
  }
  /// Without the batch; "3x?x?".
  static std::string written(const Shape& extents) {
    std::vector<std::string> texts;
    for (std::size_t i = 1; i < extents.size(); ++i) texts.push_back(extents[i] < 0 ? "?" : to_text(extents[i]));
    return join(texts, "x");
  }
  void check_size(const Shape& shape) const {
    try {
      if (const auto all = checked_elements(shape); all < 1 || all > most_elements)
        throw Unreadable{concat("an input of ", graph::text_of(shape))};
    } catch (const Unreadable& reason) {
      refuse_file(concat("cannot be read: ", reason.text));
    }
  }

  // --- values

  Value activation(std::string_view name, std::string in_draft, Shape shape) const {
    const auto readers = links_.readers.find(name);
    Value made;
    made.kind = Value::Kind::activation;
    made.name = std::move(in_draft);
    made.shape = std::move(shape);
    made.alone = readers != links_.readers.end() && readers->second == 1;
    return made;
  }

  /// Null: nobody makes it. Tensors of the file are decoded when they are first read.
  const Value* value(std::string_view name) {
    if (const auto known = values_.find(name); known != values_.end()) return &known->second;
    const auto found = links_.initializer.find(name);
    if (found == links_.initializer.end()) return nullptr;
    Value made;
    try {
      made = constant(decode(model_.initializers[found->second].tensor, files_));
    } catch (const Unreadable& reason) {
      problem(concat("tensor '", shown(name), "'"), reason.text);
    }
    return &(values_[name] = std::move(made));
  }

  Value constant(Constant numbers) {
    spend(numbers.count() * sizeof(std::int64_t));
    Value made;
    made.kind = Value::Kind::constant;
    made.constant = std::make_shared<const Constant>(std::move(numbers));
    return made;
  }

  /// What is read from one place of a file may be copied to many; that has an end.
  void spend(std::size_t bytes) {
    spent_ += bytes;
    if (spent_ > (std::size_t{64} << 20) + 16 * (size_ + files_.size()))
      throw Unreadable{"the network is many times as large as its file: too many nodes share weights"};
  }

  void define(const Node& node, Value made) {
    if (node.outputs.empty()) return;
    // Further outputs (masks, indices) have no meaning here: what reads them is told so.
    for (const auto output : node.outputs)
      if (!output.empty()) values_[output] = Value{};
    if (!node.outputs[0].empty()) values_[node.outputs[0]] = std::move(made);
  }

  // --- nodes

  void read_node(const Node& node) {
    define(node, Value{});  // broken until it is made
    const bool known = node.domain.empty() || node.domain == "ai.onnx";
    const bool has_rule =
        known && (rules().count(node.op_type) || folds().count(node.op_type) || is_recurrent(node.op_type));
    if (!has_rule) return problem(node.title(), concat(node.kind(), " ", no_operator(known ? node.op_type : "")));
    std::vector<const Value*> inputs;
    for (const auto name : node.inputs) {
      inputs.push_back(name.empty() ? nullptr : value(name));
      if (!name.empty() && !inputs.back())
        problem(node.title(), concat(node.kind(), " reads '", shown(name), "', which nothing makes"));
      if (!name.empty() && (!inputs.back() || inputs.back()->kind == Value::Kind::broken)) return lost(node, name);
    }
    try {
      if (is_recurrent(node.op_type)) return read_recurrent(Arguments(node, std::move(inputs)));
      define(node, made_by(Arguments(node, std::move(inputs))));
    } catch (const Unreadable& reason) {
      problem(node.title(), concat(node.kind(), ": ", reason.text));
    } catch (const Misfit& misfit) {
      problem(node.title(), concat(node.kind(), ": ", misfit.text));
    }
  }

  /// Two results may be read: all states, and the last.
  void read_recurrent(const Arguments& a) {
    const auto& outputs = a.node().outputs;
    if (a.node().has_graph()) throw Unreadable{"has a graph of its own"};
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].empty() || (!links_.readers.count(outputs[i]) && outputs[i] != model_.outputs[0])) continue;
      if (i > 1) throw Unreadable{"the cell's state is read; only Y and Y_h have an operator here"};
      values_[outputs[i]] = step(a, recurrence(a, i == 1), outputs[i]);
    }
  }

  /// Behind a problem there is nothing to say, but where the problem is that a node's second output is read.
  void lost(const Node& node, std::string_view name) {
    const auto maker = links_.maker.find(name);
    if (maker == links_.maker.end()) return;
    const auto& made = model_.nodes[maker->second];
    if (made.outputs[0] == name || values_[made.outputs[0]].kind == Value::Kind::broken) return;
    problem(node.title(), concat(node.kind(), " reads '", shown(name), "', which is not the first output of ",
                                 made.title(), " (", made.kind(), ")"));
  }

  Value made_by(const Arguments& a) {
    const auto op = a.node().op_type;
    if (a.node().has_graph()) throw Unreadable{"has a graph of its own"};
    std::size_t constants = 0, given = 0;
    for (std::size_t i = 0; i < a.count(); ++i) {
      given += a.given(i);
      constants += a.is_constant(i);
      if (a.given(i) && a.value(i).kind == Value::Kind::quantized && op != "DequantizeLinear")
        throw Unreadable{"reads quantized integers; only DequantizeLinear may: quantize in the QDQ format"};
    }
    const auto fold = folds().find(op);
    const bool asks_extents = (op == "Shape" || op == "Size") && given == 1;
    if (fold != folds().end() && (asks_extents || (constants == given && (given > 0 || op == "Constant"))))
      return constant(fold->second(a, files_));
    if (op == "QuantizeLinear") return quantized(a);
    if (op == "DequantizeLinear") return dequantized(a);
    if (op == "Add" && constants == 1 && given == 2 && !adds_number(a)) return with_bias(a);
    const auto rule = rules().find(op);
    if (rule == rules().end()) throw Unreadable{"of values that are computed while the network runs"};
    return step(a, rule->second(a));
  }

  Value step(const Arguments& a, Operation operation) {
    if (a.node().outputs.empty()) throw Unreadable{"has no output"};
    return step(a, std::move(operation), a.node().outputs[0]);
  }

  Value step(const Arguments& a, Operation operation, std::string_view output) {
    const auto& node = a.node();
    std::vector<std::string> inputs;
    std::vector<Shape> shapes;
    AtLeastZero positive{true};
    for (std::size_t i = 0; i < a.count(); ++i)
      if (a.given(i) && a.value(i).is_activation()) {
        inputs.push_back(a.value(i).name);
        shapes.push_back(a.value(i).shape);
        positive.inputs = positive.inputs && a.value(i).at_least_zero;
      }
    const bool joins = std::holds_alternative<Concatenate>(operation);
    const bool pairs = std::holds_alternative<Sum>(operation) || std::holds_alternative<Product>(operation) ||
                       std::holds_alternative<Quotient>(operation);
    const std::size_t wanted = pairs ? 2 : 1;
    if (inputs.empty()) throw Unreadable{"of constants only"};
    if (!joins && inputs.size() != wanted) throw Unreadable{concat("reads ", inputs.size(), " values")};
    if (output.empty()) throw Unreadable{"has no output"};
    if (!recurs_ && std::holds_alternative<Part>(operation))
      throw Unreadable{"a part of a value has no operator here; write a convolution for each part"};
    auto shape = output_shape(operation, shapes);
    if (checked_elements(shape) > most_elements || checked_elements(shape) < 1)
      throw Unreadable{concat("gives ", graph::text_of(shape))};
    // Recurrent layers put time first; clean() sees to it that nobody else does.
    if (shape.empty() || (shape[0] != 1 && !recurs_))
      throw Unreadable{concat("gives ", graph::text_of(shape), "; the first axis is the batch, and stays it")};
    spend(std::visit(Weights{}, operation));
    const std::string name(output);
    auto made = activation(output, name, std::move(shape));
    made.at_least_zero = std::visit(positive, operation);
    steps_[name] = imported_.draft.steps.size();
    imported_.draft.steps.push_back(
        {name, std::move(operation), std::move(inputs), layer_name(a), concat(origin_, ": ", node.title())});
    return made;
  }

  /// One number for many channels is part of an activation that is spelt out, or nobody's bias.
  static bool adds_number(const Arguments& a) {
    const std::size_t at = a.is_constant(0) ? 0 : 1;
    const auto& shape = a.shape(1 - at);
    return graph::elements(a.shape(at)) == 1 && a.shape(at).size() <= shape.size() && graph::elements(shape) != 1;
  }

  /// A bias behind a layer that has constant weights, as MatMul and Add are written.
  Value with_bias(const Arguments& a) {
    const std::size_t at = a.is_constant(0) ? 0 : 1;
    const auto& source = a.value(1 - at);
    const auto found = steps_.find(source.name);
    auto* layer = source.alone && found != steps_.end() ? &imported_.draft.steps[found->second].operation : nullptr;
    auto* linear = layer ? std::get_if<FullyConnected>(layer) : nullptr;
    auto* convolution = layer ? std::get_if<Convolution>(layer) : nullptr;
    const bool single = a.constant(at).count() == 1;
    // relu6(x + 3) begins a hard sigmoid that is spelt out; in a bias that stands already, passes would not find it.
    const bool shifts = single && ((linear && linear->bias) || (convolution && convolution->bias)) && a.number(at) == 3;
    if (shifts || (single && !linear && !convolution)) return step(a, Affine{1, a.number(at)});
    if (!linear && !convolution) throw Unreadable{"a sum with a constant; put it into a bias"};
    const auto out = linear ? linear->weight.shape[0] : convolution->weight.shape[0];
    add_bias(linear ? linear->bias : convolution->bias, a.tensor(at), out, linear ? 0 : source.shape.size() - 2);
    imported_.encodings.erase(source.name);  // of the product alone; the sum has one of its own, or none
    return activation(a.node().outputs.empty() ? "" : a.node().outputs[0], source.name, source.shape);
  }

  /// `behind`: how many axes follow the channels.
  static void add_bias(std::optional<Tensor>& bias, const Tensor& added, std::int64_t channels, std::size_t behind) {
    const auto numbers = added.floats();
    const auto& shape = added.shape;
    const bool single = numbers.size() == 1;
    const bool fits = shape.size() > behind && shape[shape.size() - 1 - behind] == channels &&
                      static_cast<std::int64_t>(numbers.size()) == channels;
    if ((!single && !fits) || shape.size() > behind + 2)
      throw Unreadable{concat("a sum with a constant of ", graph::text_of(shape), " for ", channels, " channels")};
    if (!bias) bias = Tensor(graph::Type::float32, {channels});
    auto sums = bias->floats();
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += numbers[single ? 0 : i];
  }

  /// The activation keeps its float values, but for what a quantizer cuts off below 0; the encoding is noted.
  Value quantized(const Arguments& a) {
    const auto& source = a.value(0);
    if (!source.is_activation()) throw Unreadable{"of a constant, with an encoding that is computed"};
    auto encoding = std::make_shared<const Encoding>(encoding_of(a, source.shape));
    spend(encoding->scale.size() * 12);
    auto made = source;
    made.alone = source.alone && activation(a.node().outputs.at(0), "", {}).alone;
    const auto clamp = saturation(*encoding);
    if (clamp && !source.at_least_zero && source.name != imported_.draft.input) {
      made = step(a, *clamp);
      ++imported_.saturations;
    }
    imported_.encodings.emplace(made.name, *encoding);
    made.kind = Value::Kind::quantized;
    made.encoding = std::move(encoding);
    return made;
  }
  Value dequantized(const Arguments& a) {
    const auto& source = a.value(0);
    if (source.kind != Value::Kind::quantized) throw Unreadable{"of values that no QuantizeLinear makes"};
    if (encoding_of(a, source.shape) != *source.encoding)
      throw Unreadable{"another scale or zero point than those of the QuantizeLinear before it"};
    auto made = activation(a.node().outputs.at(0), source.name, source.shape);
    made.alone = made.alone && source.alone;
    made.at_least_zero = source.at_least_zero;
    return made;
  }

  const std::string& origin_;
  std::size_t size_ = 0, spent_ = 0;
  ExternalFiles files_;
  Model model_;
  Links links_;
  std::vector<Problem> problems_;
  std::unordered_map<std::string_view, Value> values_;
  std::unordered_map<std::string, std::size_t> steps_;  ///< that make an activation of the draft
  Imported imported_;
  bool recurs_ = false;  ///< it has a recurrent layer
};

}  // namespace

Imported read(std::string_view bytes, const std::string& folder, const std::string& origin, const Shape& input_shape) {
  try {
    return Reader(bytes, folder, origin).run(input_shape);
  } catch (const Unreadable& reason) {
    mistake(origin, reason.text);
  }
}

Imported read(const std::string& path, const Shape& input_shape) {
  const auto bytes = read_bytes(path);
  const std::string_view view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return read(view, std::filesystem::path(path).parent_path().string(), path, input_shape);
}

std::vector<std::string> notes_of(const Imported& imported) {
  std::vector<std::string> notes;
  std::set<std::string> types;
  for (const auto& [name, encoding] : imported.encodings) types.insert(name_of(encoding.type));
  const auto count = imported.encodings.size(), cuts = imported.saturations;
  if (count > 0)
    notes.push_back(concat(count, count == 1 ? " activation carries an encoding (" : " activations carry encodings (",
                           join({types.begin(), types.end()}, ", "), ")"));
  if (cuts > 0)
    notes.push_back(concat(cuts, cuts == 1 ? " quantizer ends" : " quantizers end", " at 0 and ",
                           cuts == 1 ? "is read as a ReLU" : "are read as ReLUs"));
  return notes;
}

}  // namespace espalier::importing::onnx
