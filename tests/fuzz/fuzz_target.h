// A fuzz target is one file fuzz_<parser>.cpp here, a folder corpus/<parser>/ of small files that the project wrote,
// and a line in CMakeLists.txt. The parser may refuse what it is given by an Error; anything else that is thrown, a
// crash, an endless loop or a huge allocation is a finding.
//
// Without clang, corpus_main.cpp feeds the corpus and simple mutations of it (this runs in CI); with clang,
// -DESPALIER_FUZZER=ON links libFuzzer in its place (scripts/nightly_fuzz.sh).
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace espalier::fuzz {

/// Runs parse(bytes); an Error is an answer like any other.
template <class Parse>
int feed(const std::uint8_t* data, std::size_t size, const Parse& parse) {
  try {
    parse(std::span<const std::uint8_t>(data, size));
  } catch (const Error&) {
  }
  return 0;
}

inline std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace espalier::fuzz
