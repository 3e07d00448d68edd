#include "graph/safetensors.h"

#include <unistd.h>

#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "base/text.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::graph;

namespace {

TensorFile sample() {
  TensorFile file;
  file.tensors["stem.weight"] =
      Tensor::of({2, 1, 3}, std::vector<float>{1, -2.5f, 0, 1e-30f, std::numeric_limits<float>::infinity(), 6});
  file.tensors["mask"] = Tensor::of({5}, std::vector<std::uint8_t>{1, 0, 1, 1, 0});
  file.tensors["step"] = Tensor(Type::int64, {});
  file.tensors["step"].integers()[0] = -7;
  file.tensors["codes"] = Tensor(Type::int8, {3});
  file.tensors["bias"] = Tensor(Type::int32, {2, 2});
  file.tensors["none"] = Tensor(Type::float32, {0, 4});
  file.metadata = {{"graph", "{\"name\": \"x\"}"}, {"epoch", "12"}};
  return file;
}

std::vector<std::uint8_t> raw(const std::string& header, std::size_t data) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(header.size() >> 8 * i));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.resize(bytes.size() + data);
  return bytes;
}

std::string refusal(const std::vector<std::uint8_t>& bytes) {
  try {
    decode_safetensors(bytes, "bad.safetensors");
  } catch (const Error& e) {
    CHECK(e.code() == Exit::mistake);
    CHECK(e.problems().at(0).origin.find("bad.safetensors") == 0);
    return e.problems().at(0).text;
  }
  return "accepted";
}

std::string refusal(const std::string& header, std::size_t data) { return refusal(raw(header, data)); }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("safetensors round trip of every type, scalars, empty tensors and metadata") {
  const auto bytes = encode_safetensors(sample());
  CHECK(decode_safetensors(bytes, "x") == sample());
  CHECK(encode_safetensors(decode_safetensors(bytes, "x")) == bytes);
  CHECK(decode_safetensors(encode_safetensors({}), "x") == TensorFile{});
}

TEST_CASE("safetensors bytes are the format's") {
  TensorFile file;
  file.tensors["a"] = Tensor::of({1}, std::vector<float>{1});
  const auto bytes = encode_safetensors(file);
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  CHECK(bytes.size() == 8 + 56 + 4);
  CHECK(bytes[0] == 56);
  CHECK(std::string(bytes.begin() + 8, bytes.begin() + 8 + static_cast<long>(header.size())) == header);
  CHECK(std::vector<std::uint8_t>(bytes.end() - 4, bytes.end()) == std::vector<std::uint8_t>{0, 0, 0x80, 0x3f});
}

TEST_CASE("safetensors files are saved whole and loaded by path") {
  const auto path = std::filesystem::temp_directory_path() /
                    ("espalier_test_safetensors" + std::to_string(::getpid())) / "x.safetensors";
  save_safetensors(path, sample());
  CHECK(load_safetensors(path) == sample());
  std::filesystem::remove_all(path.parent_path());
  CHECK_THROWS_AS(load_safetensors(path), Error);
}

TEST_CASE("hostile safetensors files are refused by name") {
  const std::string a = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  CHECK(refusal("{" + a + "}", 8) == "accepted");
  CHECK(has(refusal(std::vector<std::uint8_t>(5)), "shorter than 8"));
  CHECK(has(refusal(std::vector<std::uint8_t>(8, 0xff)), "cut off"));
  CHECK(has(refusal("{" + a, 8), "JSON"));
  CHECK(has(refusal("[]", 0), "not a JSON object"));
  CHECK(has(refusal("{" + a + "}", 7), "outside"));
  CHECK(has(refusal("{" + a + "}", 9), "its tensors take 8"));
  CHECK(has(refusal("{" + a + "," + a + "}", 8), "twice"));
  CHECK(has(refusal("{" + a + R"(,"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12), "overlaps"));
  CHECK(has(refusal("{" + a + R"(,"b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]}})", 20), "belong to none"));
  CHECK(has(refusal(R"({"a":{"dtype":"F13","shape":[2],"data_offsets":[0,8]}})", 8), "F13"));
  CHECK(has(refusal(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8), "does not fit"));
  CHECK(has(refusal(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0),
            "beyond all bounds"));
  CHECK(has(refusal(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}})", 0),
            "beyond all bounds"));
  CHECK(has(refusal(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8), "no size"));
  CHECK(has(refusal(R"({"a":{"dtype":"F32","shape":[1e30],"data_offsets":[0,8]}})", 8), "no size"));
  CHECK(has(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8), "outside"));
  CHECK(has(refusal(R"({"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}})", 8), "needs dtype"));
  CHECK(has(refusal(R"({"a":3})", 0), "needs dtype"));
  CHECK(has(refusal(R"({"__metadata__":{"a":3}})", 0), "not text"));
  CHECK(has(refusal(R"({"__metadata__":[]})", 0), "not an object"));
  CHECK(has(refusal(std::string(1 << 20, '['), 0), "nested too deeply"));
}

TEST_CASE("a safetensors file damaged anywhere is read or refused, never worse") {
  const auto whole = encode_safetensors(sample());
  Random random(1, "damage");
  for (int i = 0; i < 3000; ++i) {
    auto bytes = whole;
    for (std::uint32_t k = 0; k <= random.below(3); ++k)
      bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] = static_cast<std::uint8_t>(random.bits());
    if (i % 3 == 0) bytes.resize(random.below(static_cast<std::uint32_t>(bytes.size())));
    try {
      decode_safetensors(bytes, "damaged");
    } catch (const Error& e) {
      CHECK(e.code() == Exit::mistake);
    }
  }
}

TEST_CASE("a tensor that does not hold its shape, or takes the metadata's name, is not written") {
  TensorFile file;
  file.tensors["a"] = Tensor(Type::float32, {2});
  file.tensors["a"].bytes.pop_back();
  CHECK_THROWS_AS(encode_safetensors(file), Error);
  file.tensors.clear();
  file.tensors["__metadata__"] = Tensor(Type::float32, {2});
  CHECK_THROWS_AS(encode_safetensors(file), Error);
}
