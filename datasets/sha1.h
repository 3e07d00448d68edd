// SHA-1, for the split rule of Speech Commands alone: never where security matters.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace espalier::datasets {

/// The digest's five words, most significant first (FIPS 180-4).
std::array<std::uint32_t, 5> sha1(std::string_view text);

}  // namespace espalier::datasets
