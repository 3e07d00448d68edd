// A file of an exported folder.
#pragma once
#include <string>

namespace espalier::exporting {

struct File {
  std::string path;  ///< below the folder, '/' between folders
  std::string text;  ///< its bytes
};

}  // namespace espalier::exporting
