#include "datasets/voc_annotation.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <pugixml.hpp>

#include "base/error.h"
#include "base/text.h"

namespace espalier::datasets {
namespace {

std::optional<double> read_number(const std::string& text) {
  double value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The number in <name>; throws where there is none.
double number_in(const pugi::xml_node& node, const char* name, const std::string& origin) {
  const auto text = trim(node.child_value(name));
  const auto found = read_number(text);
  if (!found || !std::isfinite(*found) || std::abs(*found) > 1e9)
    mistake(origin, concat("<", node.name(), "> has no number in <", name, ">", text.empty() ? "" : ": '", text,
                           text.empty() ? "" : "'"));
  return *found;
}

std::int64_t size_in(const pugi::xml_node& size, const char* name) {
  const auto found = read_number(trim(size.child_value(name)));
  return found && *found >= 1 && *found <= 1e6 ? static_cast<std::int64_t>(*found) : 0;
}

VocObject object_of(const pugi::xml_node& node, const std::string& origin) {
  VocObject object;
  object.name = trim(node.child_value("name"));
  if (object.name.empty()) mistake(origin, "an <object> has no <name>");
  const auto box = node.child("bndbox");
  if (!box) mistake(origin, concat("the <object> '", object.name, "' has no <bndbox>"));
  object.left = number_in(box, "xmin", origin);
  object.top = number_in(box, "ymin", origin);
  object.right = number_in(box, "xmax", origin);
  object.bottom = number_in(box, "ymax", origin);
  object.difficult = trim(node.child_value("difficult")) == "1";
  return object;
}

}  // namespace

VocAnnotation parse_voc(std::string_view xml, const std::string& origin) {
  if (xml.size() > most_voc_bytes) mistake(origin, concat("has ", xml.size(), " bytes, too many for an annotation"));
  pugi::xml_document document;
  const auto read = document.load_buffer(xml.data(), xml.size());
  if (!read) mistake(origin, concat("is no XML: ", lower(read.description()), " at byte ", read.offset));
  const auto root = document.child("annotation");
  if (!root) mistake(origin, "has no <annotation>");
  VocAnnotation annotation;
  annotation.file_name = trim(root.child_value("filename"));
  annotation.width = size_in(root.child("size"), "width");
  annotation.height = size_in(root.child("size"), "height");
  for (const auto& node : root.children("object")) {
    if (annotation.objects.size() == most_voc_objects)
      mistake(origin, concat("has more than ", most_voc_objects, " objects"));
    annotation.objects.push_back(object_of(node, origin));
  }
  return annotation;
}

}  // namespace espalier::datasets
