// JSON of which a part is not wanted: large files whose bulk is never looked at.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"

namespace espalier {

/// As Json::parse, but for entries of these names, at any depth, which are read past and take no memory.
Json parse_json_without(const std::string& text, const std::string& origin, const std::vector<std::string>& names);

}  // namespace espalier
