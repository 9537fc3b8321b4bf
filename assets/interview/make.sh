#!/bin/sh
# Makes the bundled interview from dialogue.txt: two invented voices, one track each, 8 kHz 16 bit FLAC.
# It is not part of the build: interview.flac is checked in, and this script says how it came to be.
# The file must stay under 300 KB, so the sound is cut to a telephone's band, kept to the upper 11 bits
# (FLAC does not store the empty lower ones), and a track is silent while the other one speaks. The room's
# noise is heard in the pauses only, as through a microphone's noise gate.
# Needs espeak-ng, sox, flac. Use: sh assets/interview/make.sh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
form="-r 8000 -b 16 -c 1"

# sound NAME EFFECT…: sox from nothing into $scratch/NAME.wav; -R and -D make it repeat to the bit.
sound() {
    name=$1
    shift
    # shellcheck disable=SC2086
    sox -R -D -n $form "$scratch/$name.wav" "$@" </dev/null
}

# speak SPEAKER WORDS NAME: one turn. Down by 36 dB and up by exactly 32 leaves 11 bits that carry sound.
speak() {
    case $1 in
    coach) espeak-ng -v en-gb-x-rp+f3 -s 180 -p 55 -w "$scratch/raw.wav" "$2" ;;
    claimant) espeak-ng -v en-gb-scotland+m3 -s 180 -p 35 -w "$scratch/raw.wav" "$2" ;;
    *) echo "make.sh: no such speaker: $1" >&2 && exit 1 ;;
    esac
    # shellcheck disable=SC2086
    sox -R -D "$scratch/raw.wav" $form "$scratch/low.wav" gain -n -37 sinc -3300
    sox -R -D "$scratch/low.wav" "$scratch/$3.wav" vol 32
}

# pause SECONDS NAME: the room as two microphones hear it, in the lowest two of the 11 bits.
pause() {
    sound low synth "$1" pinknoise gain -78
    sox -R -D "$scratch/low.wav" "$scratch/$2-coach.wav" vol 32
    sound low synth "$1" brownnoise gain -78
    sox -R -D "$scratch/low.wav" "$scratch/$2-claimant.wav" vol 32
}

turn=100
pause 1.5 "$turn-end"
while IFS='|' read -r speaker gap words; do
    case $speaker in '#'* | '') continue ;; esac
    speaker=${speaker%% *}
    turn=$((turn + 1))
    pause "$(echo "$gap" | tr -d ' ')" "$turn-a"
    speak "$speaker" "$words" said
    sound quiet trim 0 "$(soxi -D "$scratch/said.wav")"
    case $speaker in coach) other=claimant ;; *) other=coach ;; esac
    mv "$scratch/said.wav" "$scratch/$turn-b-$speaker.wav"
    mv "$scratch/quiet.wav" "$scratch/$turn-b-$other.wav"
done <"$here/dialogue.txt"
mv "$scratch/100-end-coach.wav" "$scratch/999-coach.wav"
mv "$scratch/100-end-claimant.wav" "$scratch/999-claimant.wav"

for track in coach claimant; do
    sox -R -D "$scratch"/[1-9][0-9][0-9]*-"$track".wav "$scratch/$track.wav"
done
sox -R -D -M "$scratch/coach.wav" "$scratch/claimant.wav" "$scratch/both.wav"
flac --best --exhaustive-model-search --qlp-coeff-precision-search --silent --force --no-padding \
    -o "$here/interview.flac" "$scratch/both.wav"

bytes=$(wc -c <"$here/interview.flac")
echo "interview.flac: $(soxi -d "$here/interview.flac"), $bytes bytes"
[ "$bytes" -le 300000 ] || { echo "make.sh: over 300 KB: shorten dialogue.txt" >&2 && exit 1; }
