// Text from files on a person's terminal.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace espalier {

/// `text` as one line: control characters and bytes that are no UTF-8 as \xNN, and "…" in place of what lies beyond
/// `most` bytes. What damaged files say thus neither tears a message apart nor commands a terminal.
std::string printable(std::string_view text, std::size_t most = 2000);

}  // namespace espalier
