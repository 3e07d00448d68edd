// UTF-8 and UTF-32, as NumPy's texts need both.
#pragma once
#include <string>
#include <string_view>

namespace espalier::exporting {

/// Damaged sequences become U+FFFD, one a byte.
std::u32string utf32(std::string_view text);
/// Code points that Unicode does not have become U+FFFD.
std::string utf8(std::u32string_view text);

}  // namespace espalier::exporting
