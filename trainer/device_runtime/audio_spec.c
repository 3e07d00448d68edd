/* The specification of the feature front ends: defaults, checks, sizes. */
#include "device_runtime/audio_frontend.h"
#include "device_runtime/no_contraction.h"

espalier_audio_spec espalier_audio_default_spec(void) {
  espalier_audio_spec spec;
  spec.sample_rate = 16000;
  spec.window_samples = 640;
  spec.hop_samples = 320;
  spec.fft_size = 1024;
  spec.mel_bands = 40;
  spec.low_hz = 20.0f;
  spec.high_hz = 4000.0f;
  spec.coefficients = 10;
  spec.log_floor = 1e-6f;
  spec.mel_scale = ESPALIER_MEL_HTK;
  spec.filter_norm = ESPALIER_FILTER_NORM_NONE;
  spec.spectrum = ESPALIER_SPECTRUM_POWER;
  return spec;
}

static int is_bit(int32_t value) { return value == 0 || value == 1; }

espalier_audio_status espalier_audio_check(const espalier_audio_spec* spec) {
  if (spec->sample_rate < 1) return ESPALIER_AUDIO_BAD_RATE;
  const int32_t size = spec->fft_size;
  if (size < 16 || size > ESPALIER_AUDIO_MOST_FFT || (size & (size - 1)) != 0) return ESPALIER_AUDIO_BAD_FFT;
  if (spec->window_samples < 2 || spec->window_samples > size || spec->hop_samples < 1)
    return ESPALIER_AUDIO_BAD_WINDOW;
  if (spec->mel_bands < 1 || spec->mel_bands > ESPALIER_AUDIO_MOST_BANDS || spec->mel_bands > size / 2)
    return ESPALIER_AUDIO_BAD_BANDS;
  /* Negated, so that a NaN is refused too. */
  if (!(spec->low_hz >= 0.0f && spec->low_hz < spec->high_hz && spec->high_hz <= 0.5f * (float)spec->sample_rate))
    return ESPALIER_AUDIO_BAD_RANGE;
  if (spec->coefficients < 0 || spec->coefficients > spec->mel_bands) return ESPALIER_AUDIO_BAD_COEFFICIENTS;
  if (!(spec->log_floor >= 1e-30f && spec->log_floor <= 1.0f)) return ESPALIER_AUDIO_BAD_FLOOR;
  if (!is_bit(spec->mel_scale) || !is_bit(spec->filter_norm) || !is_bit(spec->spectrum))
    return ESPALIER_AUDIO_BAD_CHOICE;
  return ESPALIER_AUDIO_OK;
}

const char* espalier_audio_status_text(espalier_audio_status status) {
  switch (status) {
    case ESPALIER_AUDIO_OK:
      return "ok";
    case ESPALIER_AUDIO_BAD_RATE:
      return "the sample rate must be positive";
    case ESPALIER_AUDIO_BAD_WINDOW:
      return "the window must have 2 samples to the FFT's size, and the hop at least 1";
    case ESPALIER_AUDIO_BAD_FFT:
      return "the FFT's size must be a power of two from 16 to 4096";
    case ESPALIER_AUDIO_BAD_BANDS:
      return "the mel bands must be 1 to 128, and at most half the FFT's size";
    case ESPALIER_AUDIO_BAD_RANGE:
      return "the frequencies must satisfy 0 <= low < high <= half the sample rate";
    case ESPALIER_AUDIO_BAD_COEFFICIENTS:
      return "the coefficients must be 0 (log-mel) to the number of mel bands";
    case ESPALIER_AUDIO_BAD_FLOOR:
      return "the log floor must be from 1e-30 to 1";
    case ESPALIER_AUDIO_BAD_CHOICE:
      return "the mel scale, filter norm or spectrum is not one of the known ones";
    case ESPALIER_AUDIO_EMPTY_BAND:
      return "a mel band contains no FFT bin; take a larger FFT or fewer bands";
    case ESPALIER_AUDIO_SHORT_CLIP:
      return "the clip is shorter than one window";
    case ESPALIER_AUDIO_SMALL_WORK:
      return "the work buffer is too small";
    case ESPALIER_AUDIO_SMALL_OUTPUT:
      return "the feature buffer is too small";
  }
  return "unknown status";
}

int32_t espalier_audio_features(const espalier_audio_spec* spec) {
  return spec->coefficients > 0 ? spec->coefficients : spec->mel_bands;
}

size_t espalier_audio_frames(const espalier_audio_spec* spec, size_t samples) {
  const size_t window = (size_t)spec->window_samples;
  return samples < window ? 0 : 1 + (samples - window) / (size_t)spec->hop_samples;
}

size_t espalier_audio_work_elements(const espalier_audio_spec* spec) {
  return ESPALIER_AUDIO_WORK_ELEMENTS(spec->fft_size, spec->mel_bands);
}
