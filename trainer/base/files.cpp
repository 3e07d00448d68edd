#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace espalier {
namespace {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

template <class Bytes>
Bytes read_whole(const std::filesystem::path& path, std::int64_t most) {
  // A pipe that nobody writes to would be waited for.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) mistake(path.string(), concat("cannot be opened: ", std::strerror(errno)));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) mistake(path.string(), concat("cannot be read: ", std::strerror(errno)));
  if (S_ISDIR(info.st_mode)) mistake(path.string(), "is a folder, not a file");
  if (!S_ISREG(info.st_mode)) mistake(path.string(), "is a pipe or a device, not a file");
  if (info.st_size > most) mistake(path.string(), concat("is larger than ", bytes_text(most)));
  Bytes all(static_cast<std::size_t>(info.st_size), 0);
  std::size_t got = 0;
  while (got < all.size()) {
    const auto n = ::read(file.get(), all.data() + got, all.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) mistake(path.string(), concat("cannot be read: ", std::strerror(errno)));
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  all.resize(got);
  return all;
}

bool write_all(int fd, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

std::span<const std::uint8_t> as_bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::string read_text(const std::filesystem::path& path, std::int64_t most) {
  return read_whole<std::string>(path, most);
}
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path, std::int64_t most) {
  return read_whole<std::vector<std::uint8_t>>(path, most);
}

void write_atomically(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::error_code made;
  std::filesystem::create_directories(folder, made);
  if (made) fail(concat(folder.string(), ": cannot be made: ", made.message()));
  auto part = path;
  part += ".part";
  const auto give_up = [&](const char* what) {
    const int reason = errno;
    ::unlink(part.c_str());
    fail(concat(path.string(), ": ", what, ": ", std::strerror(reason), "; nothing was changed"));
  };
  Descriptor file(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) give_up("cannot be written");
  if (!write_all(file.get(), bytes)) give_up("cannot be written");
  if (::fsync(file.get()) != 0) give_up("cannot be flushed to disk");
  if (::close(file.release()) != 0) give_up("cannot be written");
  if (::rename(part.c_str(), path.c_str()) != 0) give_up("cannot be put in place");
  const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() >= 0) ::fsync(parent.get());
}

void write_atomically(const std::filesystem::path& path, const std::string& text) {
  write_atomically(path, as_bytes(text));
}

void append_line(const std::filesystem::path& path, const std::string& line) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (file.get() < 0 || !write_all(file.get(), as_bytes(line + "\n")))
    fail(concat(path.string(), ": cannot be written: ", std::strerror(errno)));
}

namespace {

constexpr std::array<std::uint32_t, 64> round_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

void compress(std::array<std::uint32_t, 8>& state, const std::uint8_t* block) {
  std::array<std::uint32_t, 64> w{};
  for (std::size_t i = 0; i < 16; ++i)
    w[i] = std::uint32_t{block[4 * i]} << 24 | std::uint32_t{block[4 * i + 1]} << 16 |
           std::uint32_t{block[4 * i + 2]} << 8 | block[4 * i + 3];
  for (std::size_t i = 16; i < 64; ++i) {
    const auto s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
    const auto s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (std::size_t i = 0; i < 64; ++i) {
    const auto t1 =
        h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
    const auto t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  const std::array<std::uint32_t, 8> next = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) state[i] += next[i];
}

}  // namespace

std::string sha256(std::span<const std::uint8_t> bytes) {
  std::array<std::uint32_t, 8> state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const std::size_t whole = bytes.size() / 64 * 64;
  for (std::size_t at = 0; at < whole; at += 64) compress(state, bytes.data() + at);
  std::array<std::uint8_t, 128> tail{};
  const std::size_t rest = bytes.size() - whole;
  if (rest) std::memcpy(tail.data(), bytes.data() + whole, rest);
  tail[rest] = 0x80;
  const std::size_t padded = rest < 56 ? 64 : 128;
  for (std::size_t i = 0; i < 8; ++i)
    tail[padded - 1 - i] = static_cast<std::uint8_t>(std::uint64_t{bytes.size()} * 8 >> 8 * i);
  for (std::size_t at = 0; at < padded; at += 64) compress(state, tail.data() + at);
  std::string text;
  for (const auto word : state)
    for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[word >> shift & 15];
  return text;
}

std::string sha256(const std::string& text) { return sha256(as_bytes(text)); }

std::string did_you_mean_file(const std::filesystem::path& path) {
  std::error_code failure;
  const auto folder = path.parent_path();
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator entry(folder.empty() ? "." : folder, failure), end; !failure && entry != end;
       entry.increment(failure))
    names.push_back(entry->path().filename().string());
  std::sort(names.begin(), names.end());
  const auto meant = nearest(path.filename().string(), names);
  return meant.empty() ? "" : concat("; did you mean '", (folder / meant).string(), "'?");
}

}  // namespace espalier
