#!/bin/sh
# Makes DejaVuSans.subset.ttf from DejaVu Sans 2.37 (https://dejavu-fonts.github.io), with the
# fonttools package of Python: ./make_font.sh /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
# Latin, Greek, super- and subscripts, punctuation, arrows, mathematical operators, a few marks.
set -e
pyftsubset "$1" --output-file=DejaVuSans.subset.ttf \
  --unicodes=20-7E,A0-17F,192,2C6-2DC,2E1,2E3,370-3FF,1D43,1D47-1D49,1D4D,1D4F,1D50,1D52,1D56-1D58,1D5B,1E9E,2010-2027,2030-2033,2039-203A,2044,2070-2071,2074-208E,2090-209C,20AC,2102,2115,211D,2190-2199,21A6,21D0-21D4,2200-222B,2248,2260-2265,226A-226B,2282-2287,2295-2299,22A4-22A5,22C5-22C6,2308-230B,25A0-25A1,25B2,25BC,25CB,25CF,2713,2717,2C7C,FFFD \
  --layout-features=kern,liga --no-hinting --name-IDs=0,1,2,3,4,5,6,13,14
