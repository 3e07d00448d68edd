#include "schema/document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>

#include "base/files.h"
#include "base/text.h"

namespace espalier::schema {
namespace {

using FileName = std::shared_ptr<const std::string>;

Origin origin_of(const YAML::Mark& mark, const FileName& file) { return {file, mark.line + 1, mark.column + 1}; }

// Aliases may multiply values ("a billion laughs"), and yaml-cpp takes hundreds of bytes for each.
constexpr int deepest = 64, most_values = 100'000;
constexpr std::int64_t most_text = 1 << 24;

[[noreturn]] void too_many(const std::string& origin) {
  mistake(origin, concat("more than ", most_values, " values are too many for a recipe"));
}

/// What a text holds, without keeping any of it: refuses what would cost too much to load.
class Survey : public YAML::EventHandler {
 public:
  Survey(const std::string& text, const FileName& file) : text_(text), file_(file) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ < 2) return;
    const auto lines = split(text_, '\n');
    const auto line = static_cast<std::size_t>(mark.line);
    if (line < lines.size() && (lines[line].starts_with("---") || lines[line].starts_with("%")))
      mistake(*file_, "holds several YAML documents; one is expected");
    mistake(origin_of(mark, file_).text(), "is not valid YAML: what stands here belongs to nothing above it");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { count(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { count(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string&) override {
    count(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    count(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    count(mark);
  }
  void OnMapEnd() override {}

 private:
  void count(const YAML::Mark& mark) {
    if (++values_ > most_values) too_many(origin_of(mark, file_).text());
  }

  const std::string& text_;
  const FileName& file_;
  int documents_ = 0, values_ = 0;
};

struct Conversion {
  const FileName& file;
  std::vector<Problem> problems;
  int values = 0;
};

Value convert(const YAML::Node& node, Conversion& to, int depth) {
  const Origin origin = origin_of(node.Mark(), to.file);
  if (depth > deepest) mistake(origin.text(), concat("is nested more than ", deepest, " deep"));
  if (++to.values > most_values) too_many(origin.text());
  const std::string& tag = node.Tag();
  if (!tag.empty() && tag != "?" && tag != "!")
    to.problems.push_back(
        {origin.text(), concat("tag '", tag, "' is not allowed; a component is named by its `type:` key")});
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return Value::scalar(node.Scalar(), origin, tag == "!");
    case YAML::NodeType::Sequence: {
      std::vector<Value> items;
      for (const auto& item : node) items.push_back(convert(item, to, depth + 1));
      return Value::list(std::move(items), origin);
    }
    case YAML::NodeType::Map: {
      Value map = Value::map({}, origin);
      for (const auto& entry : node) {
        const Origin at = origin_of(entry.first.Mark(), to.file);
        if (!entry.first.IsScalar()) {
          to.problems.push_back({at.text(), "a key must be a plain word"});
          continue;
        }
        const auto& key = entry.first.Scalar();
        // yaml-cpp keeps the last of two equal keys and says nothing.
        if (map.find(key)) to.problems.push_back({at.text(), concat("key '", key, "' is given twice")});
        Value value = convert(entry.second, to, depth + 1);
        // A block that begins on a line below is named by its key.
        const bool below = !value.is_scalar() && value.origin().line > at.line;
        if (!value.origin().file || value.is_null() || below) value.set_origin(at);
        map.set(key, std::move(value));
      }
      return map;
    }
    default: {
      Value null;
      null.set_origin(origin);
      return null;
    }
  }
}

Value parse_text(const std::string& text, const FileName& file) {
  try {
    // Not by YAML::LoadAll, which never ends (0.7) where a document begins with what yaml-cpp cannot take: it takes
    // nothing, document after document.
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Survey survey(text, file);
    if (parser.HandleNextDocument(survey)) parser.HandleNextDocument(survey);
    Conversion to{file, {}};
    Value root = convert(YAML::Load(text), to, 0);
    refuse(to.problems);
    return root;
  } catch (const YAML::Exception& e) {
    mistake(origin_of(e.mark, file).text(), concat("is not valid YAML: ", e.msg));
  }
}

/// Maps deeply; everything else is replaced.
void merge(Value& under, Value over) {
  if (!under.is_map() || !over.is_map()) {
    under = std::move(over);
    return;
  }
  for (auto& [key, value] : over.entries()) {
    if (auto* found = under.find(key))
      merge(*found, std::move(value));
    else
      under.set(key, std::move(value));
  }
  under.set_origin(over.origin());
}

Value load_file(const std::filesystem::path& path, std::vector<std::filesystem::path>& opened,
                const std::string& asked_by);

Value resolve_includes(Value value, std::vector<std::filesystem::path>& opened) {
  for (auto& item : value.items()) item = resolve_includes(std::move(item), opened);
  for (auto& [key, entry] : value.entries())
    if (key != "include") entry = resolve_includes(std::move(entry), opened);
  const Value* include = value.find("include");
  if (!include) return value;
  std::vector<Value> paths = include->is_list() ? include->items() : std::vector<Value>{*include};
  Value merged = Value::map({});
  for (const auto& path : paths) {
    if (!path.is_scalar()) mistake(path.origin().text(), "include: takes a path or a list of paths");
    merge(merged, load_file(resolve_path(path), opened, path.origin().text()));
  }
  value.erase("include");
  Value overrides;
  if (const auto* set = value.find("set")) {
    overrides = *set;
    value.erase("set");
  }
  merge(merged, std::move(value));
  std::vector<Problem> problems;
  for (auto& [key, entry] : overrides.entries()) apply_override(merged, key, std::move(entry), problems);
  refuse(problems);
  return merged;
}

Value load_file(const std::filesystem::path& path, std::vector<std::filesystem::path>& opened,
                const std::string& asked_by) {
  std::error_code missing;
  const auto real = std::filesystem::weakly_canonical(path, missing);
  if (!std::filesystem::exists(path, missing))
    mistake(asked_by.empty() ? path.string() : asked_by,
            concat(asked_by.empty() ? "does not exist" : concat("file '", path.string(), "' does not exist"),
                   did_you_mean_file(path)));
  if (std::find(opened.begin(), opened.end(), real) != opened.end())
    mistake(asked_by, concat("'", path.string(), "' includes itself"));
  opened.push_back(real);
  Value value = resolve_includes(
      parse_text(read_text(path, most_text), std::make_shared<std::string>(path.lexically_normal().string())), opened);
  opened.pop_back();
  return value;
}

std::string name_in_list(const Value& item) {
  for (const char* key : {"name", "type"})
    if (const auto* found = item.find(key); found && found->is_scalar()) return found->text();
  return {};
}

Value* element(Value& list, const std::string& key) {
  for (auto& item : list.items())
    if (name_in_list(item) == key) return &item;
  const bool digits = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits && key.size() < 7 && static_cast<std::size_t>(std::stoi(key)) < list.items().size())
    return &list.items()[static_cast<std::size_t>(std::stoi(key))];
  return nullptr;
}

void set_origins(Value& value, const Origin& origin) {
  value.set_origin(origin);
  for (auto& item : value.items()) set_origins(item, origin);
  for (auto& [key, entry] : value.entries()) set_origins(entry, origin);
}

}  // namespace

Value load(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> opened;
  return load_file(path, opened, "");
}

Value parse(const std::string& text, const std::string& name) {
  std::vector<std::filesystem::path> opened;
  return resolve_includes(parse_text(text, std::make_shared<std::string>(name)), opened);
}

void apply_override(Value& root, const std::string& path, Value value, std::vector<Problem>& problems) {
  const std::string origin = value.origin().text();
  Value* at = &root;
  const auto keys = split(path, '.');
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
    if (at->is_list()) {
      Value* found = element(*at, keys[i]);
      std::vector<std::string> names;
      for (const auto& item : at->items()) names.push_back(name_in_list(item));
      if (!found)
        return problems.push_back(
            {origin, concat("'", keys[i], "' is none of ", join(names, ", "), did_you_mean(keys[i], names))});
      at = found;
      continue;
    }
    if (at->is_scalar()) {
      // `student: models/x.yaml` may become `student: {file…}` only by an explicit value.
      return problems.push_back({origin, concat("'", keys[i], "' lies below a plain value (", at->text(), ")")});
    }
    if (!at->find(keys[i])) at->set(keys[i], Value::map({}, value.origin()));
    at = at->find(keys[i]);
  }
  if (at->is_list()) {
    if (Value* found = element(*at, keys.back())) {
      if (value.is_null())
        at->items().erase(at->items().begin() + (found - at->items().data()));
      else
        *found = std::move(value);
      return;
    }
    return problems.push_back({origin, concat("the list has no element '", keys.back(), "'")});
  }
  if (at->is_scalar())
    return problems.push_back({origin, concat("'", keys.back(), "' lies below a plain value (", at->text(), ")")});
  at->set(keys.back(), std::move(value));
}

void apply_override(Value& root, const std::string& assignment, std::vector<Problem>& problems) {
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0)
    return problems.push_back({concat("--set ", assignment), "must be key=value"});
  const auto key = trim(assignment.substr(0, equals));
  const auto file = std::make_shared<std::string>(concat("--set ", key));
  Value value = parse_text(assignment.substr(equals + 1), file);
  set_origins(value, {file, 0, 0});
  apply_override(root, key, std::move(value), problems);
}

std::filesystem::path resolve_path(const Value& value) {
  std::filesystem::path path = value.text();
  if (path.is_absolute() || !value.origin().file || value.origin().line == 0) return path;
  return (std::filesystem::path(*value.origin().file).parent_path() / path).lexically_normal();
}

}  // namespace espalier::schema
