#include "exporting/tflite/reader.h"

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "catch.h"
#include "exporting/random_programs.h"
#include "exporting/readback.h"
#include "exporting/tflite/writer.h"
#include "integer/arena.h"

namespace espalier::exporting::tflite {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// True when the bytes were understood; false for a refusal that names the file. Everything else ends the test.
bool understood(std::span<const std::uint8_t> bytes) {
  try {
    read(bytes, "damaged.tflite");
    return true;
  } catch (const Error& error) {
    REQUIRE(error.code() == Exit::mistake);
    REQUIRE(std::string(error.what()).find("damaged.tflite") == 0);
    return false;
  }
}

Bytes small_model() {
  random_programs::Builder net(5, "small");
  auto x = net.input({4, 4, 1});
  x = net.conv(x, 2, 3, 3, 2, random_programs::Margin::half, integer::Clamp::relu);
  net.softmax(net.dense(x, 3, true, integer::Clamp::none));
  net.program.labels = {"a", "b", "c"};
  return write(net.program, {.description = "small", .front_end = "{\"type\": \"mfcc\"}"});
}

}  // namespace

TEST_CASE("what was written is read back, field by field", "[tflite]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const auto& program : random_programs::every_kind(seed)) {
      const auto found = read(write(program), "model.tflite").program;
      CHECK(compare(program, found) == std::vector<std::string>{});
      CHECK(found.name == program.name);
    }
  }
}

TEST_CASE("metadata comes back", "[tflite]") {
  const Metadata given{
      "a description", "", "{\"type\": \"mfcc\"}", {{"own entry", std::string("a\0b", 3)}, {"empty", ""}}};
  const auto found = read(write(random_programs::mlp(2), given), "model.tflite").metadata;
  CHECK(found.description == given.description);
  CHECK(found.front_end == given.front_end);
  CHECK(found.entries == given.entries);
  CHECK(found.min_runtime_version == "2.17.0");
}

TEST_CASE("the arena plan travels along: one offset a tensor, those of activations apart while both live", "[tflite]") {
  int planned = 0;
  for (const auto& program : random_programs::every_kind(4)) {
    const auto offsets = read(write(program), "model.tflite").metadata.arena_offsets;
    const auto plan = integer::plan_arena(program, std::vector<std::int64_t>{}, integer::Sharing::views);
    if (offsets.empty()) {  // an activation that the writer padded
      const auto text = write(program);
      CHECK(std::search(text.begin(), text.end(), padded_suffix.begin(), padded_suffix.end()) != text.end());
      continue;
    }
    ++planned;
    REQUIRE(offsets.size() >= program.activations.size());
    for (std::size_t i = 0; i < offsets.size(); ++i)
      CHECK(offsets[i] == (i < plan.offsets.size() ? plan.offsets[i] : -1));
  }
  CHECK(planned >= 3);
}

TEST_CASE("a plan that is not whole is refused", "[tflite][hostile]") {
  const auto program = random_programs::mlp(2);
  auto bytes = write(program);
  const auto plan = integer::plan_arena(program, std::vector<std::int64_t>{}, integer::Sharing::views);
  std::vector<std::int32_t> words = {0, 0, static_cast<std::int32_t>(read(bytes, "m").metadata.arena_offsets.size())};
  words.push_back(static_cast<std::int32_t>(plan.offsets[0]));
  const auto* first = reinterpret_cast<const std::uint8_t*>(words.data());
  const auto at = std::search(bytes.begin(), bytes.end(), first, first + 4 * words.size());
  REQUIRE(at != bytes.end());
  for (const std::size_t byte : {0u, 4u, 8u, 15u}) {
    auto changed = bytes;
    changed[static_cast<std::size_t>(at - bytes.begin()) + byte] ^= 0x80;
    CHECK_FALSE(understood(changed));
  }
}

TEST_CASE("the least runtime is that of the newest operator version", "[tflite]") {
  random_programs::Builder net(1, "old");
  net.conv(net.input({4, 4, 1}), 2, 1, 1, 1, random_programs::Margin::none, integer::Clamp::none);
  CHECK(read(write(net.program), "model.tflite").metadata.min_runtime_version == "1.14.0");
}

TEST_CASE("a written program that is read and written again gives the same bytes", "[tflite]") {
  for (const auto& program : random_programs::every_kind(8)) {
    const auto bytes = write(program);
    CHECK(write(read(bytes, "model.tflite").program) == bytes);
  }
}

TEST_CASE("every truncation is refused", "[tflite][hostile]") {
  const auto whole = small_model();
  REQUIRE(understood(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    INFO("of " << whole.size() << " bytes the first " << size);
    // The last bytes may be padding or the end of a text that nothing needs whole: then the rest must still be a model.
    if (understood(part)) CHECK(whole.size() - size < 16);
  }
}

TEST_CASE("20,000 random byte flips are read or refused, never worse", "[tflite][hostile]") {
  const auto whole = small_model();
  Random random(7, "flips");
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    auto bytes = whole;
    const auto flips = 1 + random.below(4);
    for (std::uint32_t flip = 0; flip < flips; ++flip)
      bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] = static_cast<std::uint8_t>(random.below(256));
    refused += understood(bytes) ? 0 : 1;
  }
  CHECK(refused > 2000);
}

TEST_CASE("flips of whole words, as offsets and sizes are, are read or refused", "[tflite][hostile]") {
  const auto whole = small_model();
  constexpr std::uint32_t extremes[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0, 0x10000, 0x40000000};
  for (std::size_t at = 0; at + 4 <= whole.size(); at += 2) {
    for (const auto value : extremes) {
      auto bytes = whole;
      for (std::size_t byte = 0; byte < 4; ++byte) bytes[at + byte] = static_cast<std::uint8_t>(value >> 8 * byte);
      understood(bytes);
    }
  }
}

TEST_CASE("files that are no models are refused", "[tflite][hostile]") {
  CHECK_FALSE(understood({}));
  CHECK_FALSE(understood(Bytes(7, 0)));
  CHECK_FALSE(understood(Bytes(1000, 0)));
  CHECK_FALSE(understood(Bytes(1000, 0xff)));
  auto other = small_model();
  other[7] = '4';
  CHECK_FALSE(understood(other));
}

namespace {

void put(Bytes& bytes, std::size_t at, std::uint32_t value, int width = 4) {
  for (int i = 0; i < width; ++i) bytes[at + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value >> 8 * i);
}

/// A table at `at` whose directory stands 24 bytes behind it; fields[i] is the place of slot i in the table, 0 for
/// none.
void put_table(Bytes& bytes, std::size_t at, const std::vector<std::uint32_t>& fields) {
  const auto directory = at + 24;
  put(bytes, at, static_cast<std::uint32_t>(-24));
  put(bytes, directory, static_cast<std::uint32_t>(4 + 2 * fields.size()), 2);
  put(bytes, directory + 2, 24, 2);
  for (std::size_t i = 0; i < fields.size(); ++i) put(bytes, directory + 4 + 2 * i, fields[i], 2);
}

/// A model of `tensors` references to one tensor, whose name takes `name` bytes.
Bytes repeated_tensor(std::uint32_t tensors, std::uint32_t name) {
  const std::uint32_t list = 300, tensor = list + 4 + 4 * tensors, text = tensor + 100;
  Bytes bytes(text + 4 + name, 0);
  put(bytes, 0, 16);
  const std::string identifier = "TFL3";
  std::copy(identifier.begin(), identifier.end(), bytes.begin() + 4);
  put_table(bytes, 16, {4, 0, 8, 0, 12});  // version, subgraphs, buffers
  put(bytes, 20, 3), put(bytes, 24, 100 - 24), put(bytes, 28, 200 - 28);
  put(bytes, 100, 1), put(bytes, 104, 108 - 104);  // one subgraph
  put_table(bytes, 108, {4});
  put(bytes, 112, list - 112);
  put(bytes, 200, 1), put(bytes, 204, 208 - 204);  // one empty buffer
  put_table(bytes, 208, {});
  put(bytes, list, tensors);
  for (std::uint32_t i = 0; i < tensors; ++i) put(bytes, list + 4 + 4 * i, tensor - (list + 4 + 4 * i));
  put_table(bytes, tensor, {0, 4, 0, 8});  // type, name
  put(bytes, tensor + 4, 9), put(bytes, tensor + 8, text - (tensor + 8));
  put(bytes, text, name);
  return bytes;
}

std::string reason(std::span<const std::uint8_t> bytes) {
  try {
    read(bytes, "damaged.tflite");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("parts that share their bytes cannot multiply a small file into a large allocation", "[tflite][hostile]") {
  CHECK(reason(repeated_tensor(2, 10)).find("inputs") != std::string::npos);  // understood so far
  CHECK(reason(repeated_tensor(200000, 1000000)).find("memory") != std::string::npos);
}

}  // namespace espalier::exporting::tflite
