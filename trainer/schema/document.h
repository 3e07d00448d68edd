// YAML files -> one Value tree, with includes merged and overrides applied.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "schema/value.h"

namespace espalier::schema {

/// Reads a YAML file. `include:` (a path or a list of paths, relative to the file that says so) is merged first, maps
/// deeply and lists as a whole; the keys beside it win. `set: {training.epochs: 3}` beside it overrides like --set.
/// Throws Error(mistake): syntax, duplicate keys, tags, aliases, a file that includes itself, each with
/// file:line:column.
Value load(const std::filesystem::path& path);

/// The same for text; `name` stands for the file in origins, relative paths count from `folder`.
Value parse(const std::string& text, const std::string& name);

/// One "path.to.key=value" of the command line. A list's element is addressed by its index, its `name:` or its `type:`;
/// a missing key of a map is made. The value is YAML; null removes a list's element. Adds a Problem where the path
/// leads nowhere.
void apply_override(Value& root, const std::string& assignment, std::vector<Problem>& problems);
void apply_override(Value& root, const std::string& path, Value value, std::vector<Problem>& problems);

/// The path that `value` (a scalar) names, relative to the file that wrote it.
std::filesystem::path resolve_path(const Value& value);

}  // namespace espalier::schema
