// A text file that travels inside the program: scripts/cmake/EspalierEmbed.cmake.
#pragma once
#include <string_view>

namespace espalier {

struct EmbeddedText {
  std::string_view path;  ///< below the folder that was embedded, '/' between folders
  std::string_view text;
};

}  // namespace espalier
