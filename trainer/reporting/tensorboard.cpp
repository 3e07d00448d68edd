#include "reporting/tensorboard.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <protozero/pbf_writer.hpp>
#include <vector>

#include "base/text.h"

namespace espalier::reporting {
namespace {

using protozero::pbf_writer;

// Field numbers of tensorflow/core/util/event.proto, framework/summary.proto and framework/tensor.proto.
namespace event {
constexpr int wall_time = 1, step = 2, file_version = 3, summary = 5, session_log = 7;
}
namespace session_log {
constexpr int status = 1, started = 1;
}
namespace summary {
constexpr int value = 1, tag = 1, simple_value = 2, histogram = 5, tensor = 8, metadata = 9, plugin_data = 1,
              plugin_name = 1;
}
namespace histogram_field {
constexpr int least = 1, most = 2, count = 3, sum = 4, sum_of_squares = 5, bucket_limits = 6, bucket_counts = 7;
}
namespace tensor {
constexpr int type = 1, shape = 2, text = 8, type_text = 7, dimension = 2, dimension_size = 1;
}

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0u);
    table[i] = crc;
  }
  return table;
}

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 255);
  return text;
}

std::string masked_crc(std::string_view bytes) { return little_endian(std::rotr(crc32c(bytes), 15) + 0xa282ead8u, 4); }

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// An event with what `fill` adds.
template <class Fill>
std::string event_record(std::int64_t at_step, const Fill& fill) {
  std::string bytes;
  pbf_writer writer(bytes);
  writer.add_double(event::wall_time, now());
  writer.add_int64(event::step, at_step);
  fill(writer);
  return framed_record(bytes);
}

/// An event with one summary value.
template <class Fill>
std::string summary_record(std::string_view tag, std::int64_t step, const Fill& fill) {
  return event_record(step, [&](pbf_writer& writer) {
    pbf_writer all(writer, event::summary);
    pbf_writer value(all, summary::value);
    value.add_string(summary::tag, tag.data(), tag.size());
    fill(value);
  });
}

std::filesystem::path file_in(const std::filesystem::path& folder) {
  static std::atomic<int> made{0};  // two files of one process in one second need two names
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {'l', 'o', 'c', 'a', 'l'};
  return folder / concat("events.out.tfevents.", static_cast<std::int64_t>(now()), ".", host.data(), ".", ::getpid(),
                         ".", made++);
}

struct Histogram {
  double least = 0, most = 0, sum = 0, sum_of_squares = 0;
  std::vector<double> limits, counts;
};

Histogram histogram_of(const std::vector<double>& values, int buckets) {
  Histogram found;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  found.least = *least, found.most = *most;
  const double width = (found.most - found.least) / buckets;
  const int used = width > 0 ? buckets : 1;
  for (int i = 1; i <= used; ++i) found.limits.push_back(i == used ? found.most : found.least + width * i);
  found.counts.resize(found.limits.size());
  for (const double value : values) {
    const auto bucket = std::lower_bound(found.limits.begin(), found.limits.end(), value) - found.limits.begin();
    ++found.counts[static_cast<std::size_t>(bucket)];
    found.sum += value;
    found.sum_of_squares += value * value;
  }
  return found;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto table = crc_table();
  std::uint32_t crc = ~0u;
  for (const char c : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(c)) & 255];
  return ~crc;
}

std::string framed_record(std::string_view bytes) {
  const auto length = little_endian(bytes.size(), 8);
  return length + masked_crc(length) + std::string(bytes) + masked_crc(bytes);
}

EventFile::EventFile(const std::filesystem::path& folder, std::optional<std::int64_t> resumed_at)
    : file_(file_in(folder)) {
  file_.append(event_record(0, [](pbf_writer& writer) { writer.add_string(event::file_version, "brain.Event:2"); }));
  if (!resumed_at) return;
  file_.append(event_record(*resumed_at, [](pbf_writer& writer) {
    pbf_writer log(writer, event::session_log);
    log.add_enum(session_log::status, session_log::started);
  }));
}

void EventFile::scalar(std::string_view tag, double value, std::int64_t step) {
  file_.append(summary_record(
      tag, step, [&](pbf_writer& out) { out.add_float(summary::simple_value, static_cast<float>(value)); }));
}

void EventFile::text(std::string_view tag, std::string_view text, std::int64_t step) {
  file_.append(summary_record(tag, step, [&](pbf_writer& out) {
    {
      pbf_writer value(out, summary::tensor);
      value.add_enum(tensor::type, tensor::type_text);
      {
        pbf_writer shape(value, tensor::shape);
        pbf_writer dimension(shape, tensor::dimension);
        dimension.add_int64(tensor::dimension_size, 1);
      }
      value.add_bytes(tensor::text, text.data(), text.size());
    }
    pbf_writer metadata(out, summary::metadata);
    pbf_writer plugin(metadata, summary::plugin_data);
    plugin.add_string(summary::plugin_name, "text");
  }));
}

void EventFile::histogram(std::string_view tag, std::span<const float> values, std::int64_t step, int buckets) {
  std::vector<double> finite;
  for (const float value : values)
    if (std::isfinite(value)) finite.push_back(value);
  if (finite.empty()) return;
  const auto found = histogram_of(finite, std::max(1, buckets));
  file_.append(summary_record(tag, step, [&](pbf_writer& out) {
    pbf_writer message(out, summary::histogram);
    message.add_double(histogram_field::least, found.least);
    message.add_double(histogram_field::most, found.most);
    message.add_double(histogram_field::count, static_cast<double>(finite.size()));
    message.add_double(histogram_field::sum, found.sum);
    message.add_double(histogram_field::sum_of_squares, found.sum_of_squares);
    message.add_packed_double(histogram_field::bucket_limits, found.limits.begin(), found.limits.end());
    message.add_packed_double(histogram_field::bucket_counts, found.counts.begin(), found.counts.end());
  }));
}

}  // namespace espalier::reporting
