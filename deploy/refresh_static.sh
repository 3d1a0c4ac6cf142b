#!/bin/sh
# Fetch the console's third-party files again, from the npm packages named here, and write their checksums.
# Run it after raising a version; the checksum test fails on anything changed by hand.
set -eu
HTMX=4.0.1 BASECOAT=1.0.2 LUCIDE=1.62.0 INTER=5.3.0
ICONS="activity alarm-clock arrow-down-left arrow-left arrow-up-right bot check check-check chevron-down chevron-right
circle-alert circle-check circle-x clock copy ellipsis file-text inbox info key-round languages lightbulb list-tree
lock log-out message-circle messages-square moon paperclip quote refresh-cw reply search send-horizontal
smartphone sun trash-2 triangle-alert unplug upload user users x"

vendor=$(cd "$(dirname "$0")/../balas/console/static/vendor" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fetch() { # fetch PACKAGE VERSION FOLDER
    mkdir "$3"
    tar -xzf "$(npm pack --silent "$1@$2")" -C "$3" --strip-components 1
}

fetch htmx.org "$HTMX" htmx
fetch basecoat-css "$BASECOAT" basecoat
fetch lucide-static "$LUCIDE" lucide
fetch @fontsource-variable/inter "$INTER" inter

rm -f "$vendor"/*
cp htmx/dist/htmx.min.js htmx/dist/ext/hx-sse.min.js "$vendor/"
cp htmx/LICENSE "$vendor/htmx.LICENSE.txt"
cp basecoat/dist/basecoat.cdn.min.css "$vendor/basecoat.min.css"
cp basecoat/LICENSE.md "$vendor/basecoat.LICENSE.txt"
for part in latin latin-ext; do
    cp "inter/files/inter-$part-wght-normal.woff2" "$vendor/"
done
cp inter/LICENSE "$vendor/inter.LICENSE.txt"
cp lucide/LICENSE "$vendor/lucide.LICENSE.txt"
{
    echo '<svg xmlns="http://www.w3.org/2000/svg">'
    for icon in $ICONS; do
        printf '<symbol id="%s" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" ' "$icon"
        printf 'stroke-linecap="round" stroke-linejoin="round">'
        sed -e '/^<!--/d' "lucide/icons/$icon.svg" | tr '\n' ' ' |
            sed -e 's/<svg[^>]*>//' -e 's,</svg>,,' -e 's/  */ /g' -e 's/^ //' -e 's/ $//'
        echo '</symbol>'
    done
    echo '</svg>'
} >"$vendor/icons.svg"
# The map of a minified file is not shipped, so its address would only be a 404 in the browser's tools.
sed -i -e 's,//# sourceMappingURL=.*$,,' "$vendor/htmx.min.js" "$vendor/hx-sse.min.js"
cd "$vendor"
sha256sum -- * >"$work/CHECKSUMS"
mv "$work/CHECKSUMS" CHECKSUMS
echo "htmx $HTMX, basecoat $BASECOAT, lucide $LUCIDE, Inter $INTER: $(wc -l <CHECKSUMS) files"
