// Feeds every file of the folders that are named to the fuzz target: whole, cut off at many places, and with bytes
// changed. The mutations are a function of the file alone, so that a finding comes again. What the parser allocates is
// held to a limit of address space.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.h"
#include "fuzz_target.h"

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

constexpr int cuts = 150, changes = 600;
constexpr rlim_t most_memory = rlim_t{4} << 30;  // of address space, libraries included
constexpr std::uint8_t telling[] = {0x00, 0x01, 0x7F, 0x80, 0xFF};

/// Made anew at its exact size, so that a sanitizer sees the first byte that is read behind its end.
void feed(const Bytes& bytes) {
  const Bytes exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

Bytes read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void change(Bytes& bytes, espalier::Random& random) {
  const auto place = [&] { return random.below(static_cast<std::uint32_t>(bytes.size())); };
  const auto times = 1 + random.below(4);
  for (std::uint32_t i = 0; i < times; ++i) {
    switch (random.below(4)) {
      case 0:
        bytes[place()] ^= static_cast<std::uint8_t>(1u << random.below(8));
        break;
      case 1:
        bytes[place()] = telling[random.below(5)];
        break;
      case 2: {  // four of them: a length or an offset
        const auto at = place();
        const auto value = telling[random.below(5)];
        for (std::size_t k = at; k < bytes.size() && k < at + 4; ++k) bytes[k] = value;
        break;
      }
      default: {  // a piece of the file over another
        const auto from = place(), to = place(), length = 1 + random.below(16);
        for (std::size_t k = 0; k < length && from + k < bytes.size() && to + k < bytes.size(); ++k)
          bytes[to + k] = bytes[from + k];
      }
    }
  }
}

void feed_with_mutations(const Bytes& whole, const std::string& name) {
  feed(whole);
  if (whole.empty()) return;
  const auto step = std::max<std::size_t>(1, whole.size() / cuts);
  for (std::size_t length = 0; length < whole.size(); length += step)
    feed(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
  for (int i = 0; i < changes; ++i) {
    espalier::Random random(1, name, 0, static_cast<std::uint64_t>(i));
    Bytes bytes = whole;
    change(bytes, random);
    feed(bytes);
  }
}

}  // namespace

int main(int count, char** arguments) {
#if !defined(__SANITIZE_ADDRESS__)
  const rlimit limit = {most_memory, most_memory};
  setrlimit(RLIMIT_AS, &limit);
#endif
  int files = 0;
  for (int i = 1; i < count; ++i) {
    if (!fs::is_directory(arguments[i])) continue;
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(arguments[i]))
      if (entry.is_regular_file()) found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    for (const auto& file : found) {
      std::printf("%s\n", file.c_str());
      std::fflush(stdout);  // a crash shall name the file
      feed_with_mutations(read(file), file.filename().string());
      ++files;
    }
  }
  if (files == 0) std::fprintf(stderr, "no corpus: name a folder that holds files\n");
  return files == 0;
}
