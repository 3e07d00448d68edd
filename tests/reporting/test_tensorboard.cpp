#include "reporting/tensorboard.h"

#include <cstring>
#include <limits>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "catch.h"
#include "full_disk.h"
#include "scratch_folder.h"

using namespace espalier;
using namespace espalier::reporting;

namespace {

// A reader of its own, from the documents of both formats; it shares nothing with the writer but crc32c, which the
// known answers below hold.

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

bool crc_fits(std::string_view bytes, std::string_view stored) {
  const std::uint32_t crc = crc32c(bytes);
  return static_cast<std::uint32_t>((crc >> 15 | crc << 17) + 0xa282ead8u) == little_endian(stored);
}

std::vector<std::string> records_of(const std::string& file) {
  std::vector<std::string> records;
  std::string_view left = file;
  while (!left.empty()) {
    REQUIRE(left.size() >= 16);
    REQUIRE(crc_fits(left.substr(0, 8), left.substr(8, 4)));
    const auto length = little_endian(left.substr(0, 8));
    REQUIRE(left.size() >= 16 + length);
    REQUIRE(crc_fits(left.substr(12, length), left.substr(12 + length, 4)));
    records.emplace_back(left.substr(12, length));
    left.remove_prefix(16 + length);
  }
  return records;
}

std::uint64_t varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    REQUIRE(!bytes.empty());
    const auto byte = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

/// Field number -> raw bytes of its last value: numbers little-endian, messages and texts as they are.
std::map<int, std::string> fields_of(std::string_view bytes) {
  std::map<int, std::string> fields;
  while (!bytes.empty()) {
    const auto key = varint(bytes);
    std::uint64_t length = 0;
    std::string value;
    if ((key & 7) == 0) {
      const auto number = varint(bytes);
      value.assign(reinterpret_cast<const char*>(&number), 8);
    } else {
      length = (key & 7) == 1 ? 8 : (key & 7) == 5 ? 4 : varint(bytes);
      value = bytes.substr(0, length);
      bytes.remove_prefix(length);
    }
    fields[static_cast<int>(key >> 3)] = value;
  }
  return fields;
}

template <class T>
T as(const std::string& bytes) {
  T value{};
  REQUIRE(bytes.size() >= sizeof value);
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::vector<double> doubles(const std::string& bytes) {
  std::vector<double> all(bytes.size() / 8);
  std::memcpy(all.data(), bytes.data(), bytes.size());
  return all;
}

std::map<int, std::string> value_of(const std::string& record) { return fields_of(fields_of(fields_of(record)[5])[1]); }

}  // namespace

TEST_CASE("CRC-32C: known answers of RFC 3720, B.4") {
  std::string rising, falling;
  for (int i = 0; i < 32; ++i) rising += static_cast<char>(i), falling += static_cast<char>(31 - i);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aau);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43u);
  CHECK(crc32c(rising) == 0x46dd794eu);
  CHECK(crc32c(falling) == 0x113fdb5cu);
  CHECK(crc32c("123456789") == 0xe3069283u);
  CHECK(crc32c("") == 0u);
}

TEST_CASE("an event file starts with its version and is named as TensorBoard wants") {
  ScratchFolder folder;
  EventFile file(folder / "tensorboard"), second(folder / "tensorboard");
  CHECK(file.path().filename().string().rfind("events.out.tfevents.", 0) == 0);
  CHECK(file.path() != second.path());
  const auto records = records_of(read_text(file.path()));
  REQUIRE(records.size() == 1);
  CHECK(fields_of(records[0])[3] == "brain.Event:2");
  CHECK(as<double>(fields_of(records[0])[1]) > 1.6e9);
}

TEST_CASE("scalars and texts") {
  ScratchFolder folder;
  EventFile file(folder.path());
  file.scalar("train/loss", 0.625, 1234567890123);
  file.text("recipe", "name: kws\n", 0);
  auto records = records_of(read_text(file.path()));
  REQUIRE(records.size() == 3);
  CHECK(as<std::int64_t>(fields_of(records[1])[2]) == 1234567890123);
  auto scalar = value_of(records[1]);
  CHECK(scalar[1] == "train/loss");
  CHECK(as<float>(scalar[2]) == 0.625f);
  auto text = value_of(records[2]);
  auto tensor = fields_of(text[8]);
  CHECK(as<std::int64_t>(tensor[1]) == 7);
  CHECK(tensor[8] == "name: kws\n");
  CHECK(as<std::int64_t>(fields_of(fields_of(tensor[2])[2])[1]) == 1);
  CHECK(fields_of(fields_of(text[9])[1])[1] == "text");
}

TEST_CASE("a histogram counts each finite value once") {
  ScratchFolder folder;
  EventFile file(folder.path());
  const float nan = std::numeric_limits<float>::quiet_NaN();
  file.histogram("weights", std::vector<float>{-1, 0, 0.5f, 1, 3, nan}, 7, 4);
  file.histogram("constant", std::vector<float>{2, 2}, 7);
  file.histogram("nothing", std::vector<float>{nan}, 7);
  const auto records = records_of(read_text(file.path()));
  REQUIRE(records.size() == 3);
  auto histogram = fields_of(value_of(records[1])[5]);
  CHECK(as<double>(histogram[1]) == -1);
  CHECK(as<double>(histogram[2]) == 3);
  CHECK(as<double>(histogram[3]) == 5);
  CHECK(as<double>(histogram[4]) == 3.5);
  CHECK(as<double>(histogram[5]) == 11.25);
  CHECK(doubles(histogram[6]) == std::vector<double>{0, 1, 2, 3});
  CHECK(doubles(histogram[7]) == std::vector<double>{2, 2, 0, 1});
  CHECK(doubles(fields_of(value_of(records[2])[5])[7]) == std::vector<double>{2});
}

TEST_CASE("a resumed run tells TensorBoard from which step on it counts") {
  ScratchFolder folder;
  const EventFile file(folder.path(), 500);
  const auto records = records_of(read_text(file.path()));
  REQUIRE(records.size() == 2);
  auto event = fields_of(records[1]);
  CHECK(as<std::int64_t>(event[2]) == 500);
  CHECK(as<std::int64_t>(fields_of(event[7])[1]) == 1);
}

TEST_CASE("a full disk leaves whole records") {
  ScratchFolder folder;
  const int code = on_full_disk(400, [&] {
    EventFile file(folder.path());
    try {
      for (int step = 0; step < 100; ++step) file.scalar("train/loss", 0.5, step);
    } catch (const Error& error) {
      return error.code() == Exit::failed ? 7 : 8;
    }
    return 9;
  });
  CHECK(code == 7);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    CHECK(records_of(read_text(entry.path())).size() > 3);
}
