#include "datasets/audio_file.h"

#include <sndfile.h>
#include <cmath>

#include "catch.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

std::string refusal_of(const fs::path& file, const AudioWanted& wanted = {}) {
  try {
    read_audio(file, wanted);
  } catch (const Error& error) {
    CHECK(error.code() == Exit::mistake);
    CHECK(error.problems()[0].origin == file.string());
    return error.problems()[0].text;
  }
  return "accepted";
}

void write_sound(const fs::path& file, int format, int rate, const std::vector<float>& samples) {
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = 1;
  info.format = format;
  SNDFILE* out = sf_open(file.c_str(), SFM_WRITE, &info);
  REQUIRE(out);
  sf_writef_float(out, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(out);
}

}  // namespace

TEST_CASE("read_audio: PCM16 passes bit by bit, in WAV and FLAC") {
  Folder folder("audio_exact");
  const std::vector<std::int16_t> samples = {0, 1, -1, 32767, -32768, 12345, -12345};
  write_bytes(folder.path() / "a.wav", wav_bytes(samples));
  CHECK(read_audio(folder.path() / "a.wav", {}) == samples);
  SF_INFO info{};
  info.samplerate = 16000;
  info.channels = 1;
  info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
  SNDFILE* flac = sf_open((folder.path() / "a.flac").c_str(), SFM_WRITE, &info);
  REQUIRE(flac);
  sf_writef_short(flac, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(flac);
  CHECK(read_audio(folder.path() / "a.flac", {}) == samples);
  write_sound(folder.path() / "f.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 16000, {0.5f, 2.0f, -2.0f});
  CHECK(read_audio(folder.path() / "f.wav", {}) == std::vector<std::int16_t>{16384, 32767, -32768});
}

TEST_CASE("read_audio: Ogg Vorbis, other rates, several channels") {
  Folder folder("audio_other");
  std::vector<float> second(44100);
  for (std::size_t i = 0; i < second.size(); ++i)
    second[i] = 0.5f * static_cast<float>(std::sin(6.283185307179586 * 440 * static_cast<double>(i) / 44100));
  write_sound(folder.path() / "a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, second);
  const auto audio = read_audio(folder.path() / "a.ogg", {});
  CHECK(audio.size() == Approx(16000).margin(2));
  // Still a tone of 440 Hz and its power, away from the ends.
  double power = 0, sine = 0, cosine = 0;
  for (std::size_t i = 4000; i < 12000; ++i) {
    const double angle = 6.283185307179586 * 440 * static_cast<double>(i) / 16000, value = audio[i] / 32768.0;
    power += value * value, sine += value * std::sin(angle), cosine += value * std::cos(angle);
  }
  CHECK(power / 8000 == Approx(0.125).epsilon(0.05));
  CHECK(2 * std::hypot(sine, cosine) / 8000 == Approx(0.5).epsilon(0.05));
  AudioWanted strict;
  strict.resample = false;
  CHECK(refusal_of(folder.path() / "a.ogg", strict).find("44100 Hz") != std::string::npos);

  write_bytes(folder.path() / "stereo.wav", wav_bytes({100, 300, -100, -300}, 16000, 2));
  CHECK(read_audio(folder.path() / "stereo.wav", {}) == std::vector<std::int16_t>{200, -200});
  strict.mix_channels = false;
  CHECK(refusal_of(folder.path() / "stereo.wav", strict).find("2 channels") != std::string::npos);
}

TEST_CASE("read_audio: every kind of damage is refused by name") {
  Folder folder("audio_damage");
  const auto file = folder.path() / "a.wav";
  const auto whole = wav_bytes(tone(16000, 500, 1));
  CHECK(refusal_of(file).find("no such") != std::string::npos);
  write_bytes(file, "");
  CHECK(refusal_of(file).find("empty") != std::string::npos);
  write_bytes(file, wav_bytes({}));
  CHECK(refusal_of(file).find("no samples") != std::string::npos);
  write_bytes(file, "this is no sound at all, whatever it is called");
  CHECK(refusal_of(file).find("no readable audio") != std::string::npos);
  write_bytes(file, whole.substr(0, whole.size() / 2));
  CHECK(refusal_of(file).find("cut off") != std::string::npos);
  for (const std::size_t length : {1, 10, 20, 36, 43}) {
    write_bytes(file, whole.substr(0, length));
    CHECK(refusal_of(file) != "accepted");
  }
  write_sound(file, SF_FORMAT_WAV | SF_FORMAT_FLOAT, 16000, {0.5f, NAN});
  CHECK(refusal_of(file).find("no number") != std::string::npos);

  std::vector<float> noise;
  for (const auto sample : tone(16000, 500, 1)) noise.push_back(static_cast<float>(sample) / 32768.0f);
  write_sound(folder.path() / "b.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, noise);
  fs::resize_file(folder.path() / "b.flac", fs::file_size(folder.path() / "b.flac") / 2);
  CHECK(refusal_of(folder.path() / "b.flac").find("damaged") != std::string::npos);
}

TEST_CASE("fit_clip: pads and cuts behind, or on both sides") {
  CHECK(fit_clip({1, 2, 3}, 5, false) == std::vector<std::int16_t>{1, 2, 3, 0, 0});
  CHECK(fit_clip({1, 2, 3}, 5, true) == std::vector<std::int16_t>{0, 1, 2, 3, 0});
  CHECK(fit_clip({1, 2, 3, 4, 5}, 3, false) == std::vector<std::int16_t>{1, 2, 3});
  CHECK(fit_clip({1, 2, 3, 4, 5}, 3, true) == std::vector<std::int16_t>{2, 3, 4});
}
