#include "importing/onnx/model.h"

#include <protozero/pbf_reader.hpp>

#include "base/error.h"
#include "base/text.h"
#include "importing/onnx/wire.h"

namespace espalier::importing::onnx {
namespace {

using protozero::pbf_reader;
using protozero::tag_and_type;

// Field numbers of onnx/onnx.proto. A field of another wire type than its own is skipped, as unknown ones are.
namespace model_field {
constexpr int graph = 7, opset = 8, metadata = 14, opset_domain = 1, opset_version = 2, entry_key = 1, entry_value = 2;
}
namespace graph_field {
constexpr int node = 1, initializer = 5, input = 11, output = 12, sparse_initializer = 15;
}
namespace node_field {
constexpr int input = 1, output = 2, name = 3, op_type = 4, attribute = 5, domain = 7;
}
namespace attribute_field {
constexpr int name = 1, real = 2, whole = 3, text = 4, tensor = 5, graph = 6, reals = 7, wholes = 8, graphs = 11;
}
namespace value_field {
constexpr int name = 1, type = 2, tensor_type = 1, element = 1, shape = 2, dimension = 1, extent = 1;
}
constexpr int tensor_name = 8;

pbf_reader reader(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

bool is_standard(std::string_view domain) { return domain.empty() || domain == "ai.onnx"; }

void read_metadata(std::string_view bytes, Model& model) {
  auto message = reader(bytes);
  std::pair<std::string_view, std::string_view> entry;
  while (message.next()) switch (message.tag_and_type()) {
      case tag_and_type(model_field::entry_key, text):
        entry.first = view(message);
        break;
      case tag_and_type(model_field::entry_value, text):
        entry.second = view(message);
        break;
      default:
        message.skip();
    }
  model.metadata.push_back(entry);
}

void read_opset(std::string_view bytes, Model& model) {
  auto message = reader(bytes);
  std::string_view domain;
  std::int64_t version = 0;
  while (message.next()) switch (message.tag_and_type()) {
      case tag_and_type(model_field::opset_domain, text):
        domain = view(message);
        break;
      case tag_and_type(model_field::opset_version, varint):
        version = message.get_int64();
        break;
      default:
        message.skip();
    }
  if (is_standard(domain)) model.opset = version;
}

Node read_node(std::string_view bytes) {
  auto message = reader(bytes);
  Node node;
  while (message.next()) switch (message.tag_and_type()) {
      case tag_and_type(node_field::input, text):
        node.inputs.push_back(view(message));
        break;
      case tag_and_type(node_field::output, text):
        node.outputs.push_back(view(message));
        break;
      case tag_and_type(node_field::name, text):
        node.name = view(message);
        break;
      case tag_and_type(node_field::op_type, text):
        node.op_type = view(message);
        break;
      case tag_and_type(node_field::attribute, text):
        node.attributes.push_back(view(message));
        break;
      case tag_and_type(node_field::domain, text):
        node.domain = view(message);
        break;
      default:
        message.skip();
    }
  return node;
}

Initializer read_initializer(std::string_view bytes) {
  auto message = reader(bytes);
  Initializer initializer{{}, bytes};
  while (message.next(tensor_name))
    if (message.has_wire_type(text))
      initializer.name = view(message);
    else
      message.skip();
  return initializer;
}

/// An extent without a number is open: dim_param names it, or nothing does.
std::int64_t read_extent(pbf_reader message) {
  std::int64_t extent = -1;
  while (message.next()) {
    if (message.tag_and_type() == tag_and_type(value_field::extent, varint))
      extent = message.get_int64();
    else
      message.skip();
  }
  return extent < 0 ? -1 : extent;
}

void read_shape(pbf_reader message, Input& input) {
  input.has_shape = true;
  while (message.next(value_field::dimension))
    if (message.has_wire_type(text))
      input.extents.push_back(read_extent(message.get_message()));
    else
      message.skip();
}

void read_type(pbf_reader type, Input& input) {
  while (type.next()) {
    if (type.tag_and_type() != tag_and_type(value_field::tensor_type, text)) {
      type.skip();
      continue;
    }
    auto tensor = type.get_message();
    while (tensor.next()) switch (tensor.tag_and_type()) {
        case tag_and_type(value_field::element, varint):
          input.type = static_cast<DataType>(tensor.get_int32());
          break;
        case tag_and_type(value_field::shape, text):
          read_shape(tensor.get_message(), input);
          break;
        default:
          tensor.skip();
      }
  }
}

Input read_value(std::string_view bytes) {
  auto message = reader(bytes);
  Input input;
  while (message.next()) switch (message.tag_and_type()) {
      case tag_and_type(value_field::name, text):
        input.name = view(message);
        break;
      case tag_and_type(value_field::type, text):
        read_type(message.get_message(), input);
        break;
      default:
        message.skip();
    }
  return input;
}

void read_graph(std::string_view bytes, Model& model) {
  auto message = reader(bytes);
  while (message.next()) switch (message.tag_and_type()) {
      case tag_and_type(graph_field::node, text):
        model.nodes.push_back(read_node(view(message)));
        model.nodes.back().place = model.nodes.size() - 1;
        break;
      case tag_and_type(graph_field::initializer, text):
        model.initializers.push_back(read_initializer(view(message)));
        break;
      case tag_and_type(graph_field::input, text):
        model.inputs.push_back(read_value(view(message)));
        break;
      case tag_and_type(graph_field::output, text):
        model.outputs.push_back(read_value(view(message)).name);
        break;
      case tag_and_type(graph_field::sparse_initializer, text):
        model.has_sparse = true;
        message.skip();
        break;
      default:
        message.skip();
    }
}

std::string_view name_of_attribute(std::string_view bytes) {
  auto message = reader(bytes);
  while (message.next(attribute_field::name)) {
    if (message.has_wire_type(text)) return view(message);
    message.skip();
  }
  return {};
}

Attribute read_attribute(std::string_view bytes) {
  auto message = reader(bytes);
  Attribute a;
  while (message.next()) switch (message.tag_and_type()) {
      case tag_and_type(attribute_field::real, fixed32):
        a.real = message.get_float();
        break;
      case tag_and_type(attribute_field::whole, varint):
        a.whole = message.get_int64();
        break;
      case tag_and_type(attribute_field::text, text):
        a.text = view(message);
        break;
      case tag_and_type(attribute_field::tensor, text):
        a.tensor = view(message);
        break;
      case tag_and_type(attribute_field::reals, fixed32):
        a.reals.push_back(message.get_float());
        break;
      case tag_and_type(attribute_field::reals, text):
        for (const auto number : message.get_packed_float()) a.reals.push_back(number);
        break;
      case tag_and_type(attribute_field::wholes, varint):
        a.wholes.push_back(message.get_int64());
        break;
      case tag_and_type(attribute_field::wholes, text):
        for (const auto number : message.get_packed_int64()) a.wholes.push_back(number);
        break;
      default:
        message.skip();
    }
  return a;
}

}  // namespace

std::string name_of(DataType type) {
  static constexpr const char* names[] = {"undefined", "float32", "uint8", "int8",    "uint16",  "int16",  "int32",
                                          "int64",     "string",  "bool",  "float16", "float64", "uint32", "uint64"};
  const auto number = static_cast<int>(type);
  if (type == DataType::bfloat16) return "bfloat16";
  return number >= 0 && number < static_cast<int>(std::size(names)) ? names[number] : concat("type ", number);
}

bool is_real(DataType type) {
  return type == DataType::float32 || type == DataType::float64 || type == DataType::float16 ||
         type == DataType::bfloat16;
}

std::string Node::kind() const {
  return is_standard(domain) ? shown(op_type) : concat(shown(domain), ".", shown(op_type));
}

std::string Node::title() const {
  return name.empty() ? concat("node ", place + 1) : concat("node '", shown(name), "'");
}

std::optional<Attribute> Node::attribute(std::string_view wanted) const {
  try {
    for (const auto bytes : attributes)
      if (name_of_attribute(bytes) == wanted) return read_attribute(bytes);
    return std::nullopt;
  } catch (const protozero::exception& e) {
    throw Unreadable{concat("is damaged: ", damage_of(e))};
  }
}

bool Node::has_graph() const {
  try {
    for (const auto bytes : attributes) {
      auto message = reader(bytes);
      while (message.next()) {
        if (message.tag() == attribute_field::graph || message.tag() == attribute_field::graphs) return true;
        message.skip();
      }
    }
    return false;
  } catch (const protozero::exception& e) {
    throw Unreadable{concat("is damaged: ", damage_of(e))};
  }
}

Model parse(std::string_view bytes, const std::string& origin) {
  try {
    Model model;
    auto message = reader(bytes);
    while (message.next()) switch (message.tag_and_type()) {
        case tag_and_type(model_field::graph, text):
          read_graph(view(message), model);
          break;
        case tag_and_type(model_field::opset, text):
          read_opset(view(message), model);
          break;
        case tag_and_type(model_field::metadata, text):
          read_metadata(view(message), model);
          break;
        default:
          message.skip();
      }
    return model;
  } catch (const protozero::exception& e) {
    mistake(origin, concat("is no sound ONNX file: ", damage_of(e)));
  }
}

std::string shown(std::string_view name) {
  constexpr std::size_t most = 120;
  std::string text(name.substr(0, most));
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return name.size() > most ? text + "…" : text;
}

}  // namespace espalier::importing::onnx
