/* Features of sound for keyword spotting: log-mel energies or MFCC (mel-frequency cepstral coefficients, Davis &
 * Mermelstein 1980), as in "Hello Edge" (arXiv 1711.07128) and MLPerf Tiny. The same C99 code computes them while
 * training and on the device: no libm, no allocation, no global state.
 *
 *   frame: window_samples samples, one every hop_samples; no padding before the first or after the last
 *   -> periodic Hann window -> real FFT of fft_size (zeros appended) -> power |X|^2 or magnitude |X|
 *   -> triangular mel filters -> ln(max(energy, log_floor)) -> orthonormal DCT-II, first `coefficients` (none: log-mel)
 *
 * Samples are int16 PCM, or float in [-1, 1) with x = pcm / 32768. Features are row-major [frames][features].
 * Two variants share one specification:
 *   float  float32. Every constant is a table made on the host (audio_frontend_tables.h), logarithm and square root are
 *          our own and contraction is off, so the bits are equal on every IEEE 754 processor under GCC or clang.
 *   fixed  int32 FFT after a shift that normalises each frame, 64-bit energies, features in Q16: value = feature /
 * 65536 in the same natural-log units. Equal on every processor by construction. Streaming (a frame at a time) and
 * whole clips give the same bits. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How many frames espalier_audio_*_clip_blocks computes side by side. */
#define ESPALIER_AUDIO_BLOCK 8

/* Largest sizes that a specification may ask for. */
#define ESPALIER_AUDIO_MOST_FFT 4096
#define ESPALIER_AUDIO_MOST_BANDS 128

typedef enum {
  ESPALIER_AUDIO_OK = 0,
  ESPALIER_AUDIO_BAD_RATE = 1,         /* sample_rate < 1 */
  ESPALIER_AUDIO_BAD_WINDOW = 2,       /* window_samples < 2 or > fft_size, or hop_samples < 1 */
  ESPALIER_AUDIO_BAD_FFT = 3,          /* fft_size not a power of two in [16, 4096] */
  ESPALIER_AUDIO_BAD_BANDS = 4,        /* mel_bands not in [1, min(128, fft_size / 2)] */
  ESPALIER_AUDIO_BAD_RANGE = 5,        /* not 0 <= low_hz < high_hz <= sample_rate / 2 */
  ESPALIER_AUDIO_BAD_COEFFICIENTS = 6, /* coefficients not in [0, mel_bands] */
  ESPALIER_AUDIO_BAD_FLOOR = 7,        /* log_floor not in [1e-30, 1] */
  ESPALIER_AUDIO_BAD_CHOICE = 8,       /* an enumeration holds a number that it does not name */
  ESPALIER_AUDIO_EMPTY_BAND = 9,       /* a mel filter contains no FFT bin: larger fft_size or fewer bands */
  ESPALIER_AUDIO_SHORT_CLIP = 10,      /* fewer samples than one window */
  ESPALIER_AUDIO_SMALL_WORK = 11,      /* the work buffer is too small */
  ESPALIER_AUDIO_SMALL_OUTPUT = 12     /* the feature buffer is too small */
} espalier_audio_status;

/* Hz -> mel. slaney: linear below 1 kHz, logarithmic above (Auditory Toolbox); htk: 2595 log10(1 + f / 700). */
typedef enum { ESPALIER_MEL_SLANEY = 0, ESPALIER_MEL_HTK = 1 } espalier_mel_scale;
/* none: triangles of height 1; slaney: triangles of equal area, height 2 / width in Hz. */
typedef enum { ESPALIER_FILTER_NORM_NONE = 0, ESPALIER_FILTER_NORM_SLANEY = 1 } espalier_filter_norm;
/* What the filters sum over: |X|^2 or |X|. */
typedef enum { ESPALIER_SPECTRUM_POWER = 0, ESPALIER_SPECTRUM_MAGNITUDE = 1 } espalier_spectrum;

/* What is computed. Everything else follows from it. */
typedef struct {
  int32_t sample_rate;    /* Hz */
  int32_t window_samples; /* length of a frame */
  int32_t hop_samples;    /* from one frame's first sample to the next one's */
  int32_t fft_size;       /* power of two, at least window_samples */
  int32_t mel_bands;
  float low_hz, high_hz; /* lower edge of the first filter, upper edge of the last */
  int32_t coefficients;  /* of the DCT; 0 leaves it out: log-mel */
  float log_floor;       /* energies below it count as it; in units of the spectrum of samples in [-1, 1) */
  int32_t mel_scale;     /* espalier_mel_scale */
  int32_t filter_norm;   /* espalier_filter_norm */
  int32_t spectrum;      /* espalier_spectrum */
} espalier_audio_spec;

/* Mel filters as runs of weights: band m covers bins first[m] .. first[m] + count[m] - 1, its weights follow those of
 * band m - 1. Bins are in [0, fft_size / 2]. */
typedef struct {
  const uint16_t* first; /* [mel_bands] */
  const uint16_t* count; /* [mel_bands] */
} espalier_mel_bins;

/* Constants of the float front end. The pointed-to data must outlive every call. */
typedef struct {
  espalier_audio_spec spec;
  const float* window;   /* [window_samples] */
  const float* twiddles; /* [fft_size / 2][2]: cos and sin of 2 pi k / fft_size */
  espalier_mel_bins bins;
  const float* weights; /* of all bands, one after the other */
  const float* dct;     /* [coefficients][mel_bands]; unused where coefficients is 0 */
} espalier_audio_float;

/* Constants of the fixed-point front end. */
typedef struct {
  espalier_audio_spec spec;
  const uint16_t* window;  /* [window_samples], Q15: 32768 is 1 */
  const int32_t* twiddles; /* [fft_size / 2][2]: cos and sin, Q31, clamped to 2^31 - 1 */
  espalier_mel_bins bins;
  const uint16_t* weights;    /* Q15 of the filter divided by its height */
  const int32_t* band_offset; /* [mel_bands], Q16: added to ln of the integer energy; holds scale and height */
  const int16_t* dct;         /* [coefficients][mel_bands], Q15 */
  int32_t log_floor;          /* ln(log_floor), Q16 */
} espalier_audio_fixed;

/* 16 kHz, 40 ms window, 20 ms hop, FFT 1024, 40 HTK bands of height 1 from 20 to 4000 Hz, power, floor 1e-6, 10
 * coefficients: 49 x 10 features of a second. */
espalier_audio_spec espalier_audio_default_spec(void);
/* The first thing wrong with a specification. EMPTY_BAND is found only where the tables are made. */
espalier_audio_status espalier_audio_check(const espalier_audio_spec* spec);
/* An English half-sentence for a message. */
const char* espalier_audio_status_text(espalier_audio_status status);
/* Features of a frame: coefficients, or mel_bands for log-mel. */
int32_t espalier_audio_features(const espalier_audio_spec* spec);
/* Whole windows in a clip: 1 + (samples - window_samples) / hop_samples, or 0. */
size_t espalier_audio_frames(const espalier_audio_spec* spec, size_t samples);
/* Length of the work buffer in elements (float or int32_t, 4 bytes each) for one frame; clip_blocks needs
 * ESPALIER_AUDIO_BLOCK times as many. Nothing is kept in it from call to call: it may share the model's arena. */
size_t espalier_audio_work_elements(const espalier_audio_spec* spec);
/* The same as a constant, for a static buffer. */
#define ESPALIER_AUDIO_WORK_ELEMENTS(fft_size, mel_bands) ((size_t)(fft_size) + 2u + (size_t)(mel_bands))

/* One frame -> one row. samples: [window_samples]. work: espalier_audio_work_elements. row: [features]. The tables are
 * trusted: check the specification once. */
void espalier_audio_float_frame(const espalier_audio_float* tables, const float* samples, float* work, float* row);
/* As above from PCM: the same bits as converting first. */
void espalier_audio_float_frame_pcm(const espalier_audio_float* tables, const int16_t* samples, float* work,
                                    float* row);
/* One frame of PCM -> one row in Q16. */
void espalier_audio_fixed_frame(const espalier_audio_fixed* tables, const int16_t* samples, int32_t* work,
                                int32_t* row);

/* A clip -> [frames][features], frame by frame. work_elements and capacity (of features) are in elements. */
espalier_audio_status espalier_audio_float_clip(const espalier_audio_float* tables, const float* samples, size_t count,
                                                float* work, size_t work_elements, float* features, size_t capacity);
espalier_audio_status espalier_audio_fixed_clip(const espalier_audio_fixed* tables, const int16_t* samples,
                                                size_t count, int32_t* work, size_t work_elements, int32_t* features,
                                                size_t capacity);
/* The same bits, several frames side by side in the lanes of vector registers: for hosts. In files of their own, which
 * a device need not compile. */
espalier_audio_status espalier_audio_float_clip_blocks(const espalier_audio_float* tables, const float* samples,
                                                       size_t count, float* work, size_t work_elements, float* features,
                                                       size_t capacity);
espalier_audio_status espalier_audio_fixed_clip_blocks(const espalier_audio_fixed* tables, const int16_t* samples,
                                                       size_t count, int32_t* work, size_t work_elements,
                                                       int32_t* features, size_t capacity);

/* How features become a model's int8 input: q = clamp(zero_point + round(value / scale)). */
typedef struct {
  float inverse_scale; /* 1 / scale, for float features */
  int32_t multiplier;  /* for Q16 features: round(feature * multiplier / 2^shift), ties upward */
  int32_t shift;       /* in [1, 62] */
  int32_t zero_point;  /* in [-128, 127] */
} espalier_feature_quantizer;

/* Float features -> int8, ties away from zero, saturating; a NaN gives the zero point. */
void espalier_audio_quantize_float(const espalier_feature_quantizer* quantizer, const float* features, size_t count,
                                   int8_t* out);
/* Q16 features -> int8, saturating. */
void espalier_audio_quantize_fixed(const espalier_feature_quantizer* quantizer, const int32_t* features, size_t count,
                                   int8_t* out);

#ifdef __cplusplus
}
#endif
