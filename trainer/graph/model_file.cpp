#include "graph/model_file.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "graph/operators/flatten.h"
#include "schema/document.h"
#include "schema/readers.h"

namespace espalier::graph {
namespace {

using schema::Value;

constexpr std::size_t most_layers = 4096;

/// Small enough that sizes computed from it fit, and nothing of it is empty.
bool is_sensible(const Shape& shape) {
  constexpr double most_elements = 1 << 28;
  double all = 1;
  for (const auto extent : shape) {
    if (extent < 1) return false;
    all *= static_cast<double>(extent);
  }
  return all <= most_elements;
}

class ModelReader {
 public:
  ModelReader(const Operators& operators, const Ends& ends, std::vector<Problem>& problems)
      : operators_(operators), ends_(ends), problems_(problems) {}

  Network read(const Value& model) {
    network_.name = "model";
    for (const auto& [key, value] : model.entries()) {
      if (key == "name" && value.is_scalar())
        network_.name = value.text();
      else if (key != "layers" && key != "input" && key != "name")
        problem(value, concat("unknown key '", key, "' in a model", did_you_mean(key, {"name", "input", "layers"})));
    }
    const Value* layers = model.find("layers");
    if (!layers || !layers->is_list() || layers->items().empty()) {
      problem(model, "a model needs `layers:`, a list");
      return {};
    }
    add_input(model);
    read_layers(*layers, "");
    return std::move(network_);
  }

 private:
  void problem(const Value& at, std::string text) { problems_.push_back({at.origin().text(), std::move(text)}); }

  void add_input(const Value& model) {
    Shape shape = ends_.input;
    if (const auto* input = model.find("input")) {
      Shape given;
      if (auto wrong = schema::Reader<std::vector<std::int64_t>>::read(*input, &given); !wrong.empty())
        problem(*input, concat("input ", wrong));
      else if (!shape.empty() && given != shape)
        problem(*input, concat("the model takes ", text_of(given), ", the data gives ", text_of(shape)));
      else
        shape = given;
    }
    if (shape.empty()) problem(model, "the model's `input:` shape is not known");
    if (!is_sensible(shape)) {
      problem(model.find("input") ? *model.find("input") : model,
              concat("no network takes an input of ", text_of(shape)));
      shape = {1};  // what follows is checked with
    }
    Node node{"input", operators_.find("input"), Input{shape}, {}, shape, model.origin()};
    network_.nodes.push_back(std::move(node));
  }

  void read_layers(const Value& layers, const std::string& prefix) {
    for (const auto& layer : layers.items()) {
      if (network_.nodes.size() > most_layers) {
        if (!std::exchange(too_many_, true)) problem(layer, concat("the model has more than ", most_layers, " layers"));
        return;
      }
      if (layer.find("repeat"))
        read_repeat(layer, prefix);
      else
        read_layer(layer, prefix);
    }
  }

  void read_repeat(const Value& block, const std::string& prefix) {
    std::int64_t times = 0;
    const auto* name = block.find("name");
    const auto* layers = block.find("layers");
    if (auto wrong = schema::Reader<std::int64_t>::read(*block.find("repeat"), &times);
        !wrong.empty() || times < 1 || times > 256)
      return problem(block, "repeat must be a whole number from 1 to 256");
    if (!layers || !layers->is_list()) return problem(block, "a repeat needs `layers:`, a list");
    for (const auto& [key, value] : block.entries())
      if (key != "repeat" && key != "name" && key != "layers")
        problem(value, concat("unknown key '", key, "' in a repeat", did_you_mean(key, {"repeat", "name", "layers"})));
    for (std::int64_t i = 1; i <= times; ++i)
      read_layers(*layers, concat(prefix, name ? name->text() : "block", i, "."));
  }

  void read_layer(const Value& layer, const std::string& prefix) {
    const Value* type = layer.is_map() ? layer.find("type") : &layer;
    if (!type || !type->is_scalar()) return problem(layer, "a layer needs `type:`");
    const auto op = operators_.find(type->text());
    if (!op || op->channels == Channels::source) {
      auto known = operators_.keys();
      known.erase(std::remove(known.begin(), known.end(), "input"), known.end());
      const auto near = did_you_mean(type->text(), known);
      return problem(*type, concat("unknown layer '", type->text(), "'",
                                   near.empty() ? "; there are " + join(known, ", ") : near));
    }
    Node node;
    node.op = op;
    node.origin = layer.origin();
    node.name = name_for(layer, type->text(), prefix);
    node.inputs = inputs_for(layer, *op, prefix);
    node.attributes = op->read(with_classes(layer), concat(type->text(), " '", node.name, "'"), problems_);
    if (!names_.insert(node.name).second || node.name == "input")
      problem(layer, concat("the name '", node.name, "' is taken"));
    network_.nodes.push_back(std::move(node));
  }

  std::string name_for(const Value& layer, const std::string& type, const std::string& prefix) {
    if (const auto* name = layer.find("name")) {
      if (!name->is_scalar() || name->text().empty()) problem(layer, "name must be a word");
      return last_named_ = prefix + name->text();
    }
    std::string name =
        last_named_.empty() || !starts_with(last_named_, prefix) ? prefix + type : concat(last_named_, ".", type);
    for (int i = 2; names_.count(name); ++i)
      name = concat(last_named_.empty() ? prefix + type : concat(last_named_, ".", type), i);
    return name;
  }

  std::vector<std::string> inputs_for(const Value& layer, const Operator& op, const std::string& prefix) {
    const Value* given = layer.find("inputs") ? layer.find("inputs") : layer.find("input");
    if (!given) {
      if (op.inputs_least > 1) problem(layer, concat(op.key, " needs `inputs:`, a list of layers"));
      return {network_.nodes.back().name};
    }
    std::vector<std::string> names;
    for (const auto& item : given->is_list() ? given->items() : std::vector<Value>{*given})
      names.push_back(look_up(item, prefix));
    const auto count = static_cast<int>(names.size());
    if (count < op.inputs_least || count > op.inputs_most)
      problem(*given, concat(op.key, " takes ",
                             op.inputs_least == op.inputs_most ? concat(op.inputs_least)
                                                               : concat(op.inputs_least, " to ", op.inputs_most),
                             " inputs, not ", count));
    return names;
  }

  std::string look_up(const Value& item, std::string prefix) {
    for (;;) {
      if (network_.find(prefix + item.text())) return prefix + item.text();
      if (prefix.empty()) break;
      prefix.pop_back();
      const auto dot = prefix.rfind('.');
      prefix = dot == std::string::npos ? "" : prefix.substr(0, dot + 1);
    }
    std::vector<std::string> known;
    for (const auto& node : network_.nodes) known.push_back(node.name);
    problem(item, concat("no layer '", item.text(), "' stands before this one", did_you_mean(item.text(), known)));
    return network_.nodes.back().name;
  }

  /// `out: classes` takes the data's number of classes, `out: outputs` the number that the task wants.
  Value with_classes(const Value& layer) {
    if (!layer.is_map()) return Value::map({}, layer.origin());
    Value copy = layer;
    for (auto& [key, value] : copy.entries())
      if (key == "out" && value.is_scalar() && (value.text() == "classes" || value.text() == "outputs")) {
        const auto wanted = value.text() == "outputs" && ends_.outputs > 0 ? ends_.outputs : ends_.classes;
        if (wanted < 1) problem(value, concat("the number of ", value.text(), " is not known here"));
        value = Value::scalar(std::to_string(std::max<std::int64_t>(wanted, 1)), value.origin());
      }
    return copy;
  }

  const Operators& operators_;
  const Ends& ends_;
  std::vector<Problem>& problems_;
  Network network_;
  std::set<std::string> names_;
  std::string last_named_;
  bool too_many_ = false;
};

}  // namespace

Network read_model(const Value& model, const Operators& operators, const Ends& ends, std::vector<Problem>& problems) {
  const auto before = problems.size();
  if (!model.is_map()) {
    problems.push_back({model.origin().text(), "a model must be a map with `layers:`"});
    return {};
  }
  Network network = ModelReader(operators, ends, problems).read(model);
  if (problems.size() != before) return network;
  try {
    infer_shapes(network);
  } catch (const Error& e) {
    problems.insert(problems.end(), e.problems().begin(), e.problems().end());
  }
  return network;
}

Network load_model(const std::string& path, const Operators& operators, const Ends& ends) {
  std::vector<Problem> problems;
  auto network = read_model(schema::load(path), operators, ends, problems);
  refuse(problems);
  return network;
}

Value model_value(const Network& network) {
  std::vector<Value> layers;
  for (std::size_t i = 1; i < network.nodes.size(); ++i) {
    const auto& node = network.nodes[i];
    Value layer = Value::map({});
    layer.set("type", Value::scalar(node.op->key));
    layer.set("name", Value::scalar(node.name, {}, true));
    std::vector<Value> inputs;
    for (const auto& input : node.inputs) inputs.push_back(Value::scalar(input, {}, true));
    layer.set("inputs", Value::list(std::move(inputs)));
    const Value attributes = node.op->resolved(node.attributes);
    for (const auto& [key, value] : attributes.entries()) layer.set(key, value);
    layers.push_back(std::move(layer));
  }
  std::vector<Value> shape;
  for (const auto extent : network.input_shape()) shape.push_back(Value::scalar(std::to_string(extent)));
  Value model = Value::map({});
  model.set("name", Value::scalar(network.name, {}, true));
  model.set("input", Value::list(std::move(shape)));
  model.set("layers", Value::list(std::move(layers)));
  return model;
}

}  // namespace espalier::graph
