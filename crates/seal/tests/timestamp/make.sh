#!/bin/sh
# Makes every token and certificate that `cases.toml` names, with OpenSSL 3 and keys that are thrown away: make.sh FOLDER
# Good tokens come from `openssl ts`; those that no honest authority gives come from `openssl cms` over a TSTInfo that is made here.
# Not here: what must become of them (`cases.toml`). Names are invented. Anybody may run it again: all files change, no expectation does.
# Invariant: FOLDER gets *.token, *.cer (DER) and made.txt (seconds since 1970 before and after) and nothing else.
set -eu
[ $# = 1 ] || { echo "usage: make.sh FOLDER" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
log() { "$@" >>log 2>&1 || { echo "failed: $*" >&2; tail -20 log >&2; exit 1; }; }
date +%s >"$out/made.txt"
printf 'the text that is stamped\n' >stamped

# ---- keys -------------------------------------------------------------------------------------------------------------------
rsa() { log openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -out "$1.key"; }
ec() { log openssl genpkey -quiet -algorithm EC -pkeyopt "ec_paramgen_curve:$2" -out "$1.key"; }
rsa rsa-root 3072; rsa rsa-between 2048; rsa rsa-tsa 2048; rsa rsa-1024 1024
for who in root between tsa; do ec "p256-$who" P-256; ec "p384-$who" P-384; done
ec p521-tsa P-521

# ---- certificates -----------------------------------------------------------------------------------------------------------
authority='keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash'
ca="basicConstraints=critical,CA:TRUE
$authority"
usage='keyUsage=critical,digitalSignature
subjectKeyIdentifier=hash
basicConstraints=CA:FALSE'
tsa="$usage
extendedKeyUsage=critical,timeStamping"

cat >ca.cnf <<END
[ca]
default_ca = any
[any]
database = index
serial = number
new_certs_dir = .
unique_subject = no
policy = names
preserve = yes
[names]
countryName = optional
organizationName = optional
commonName = supplied
END
# signed NAME ISSUER-KEY END HASH OPTIONS…: a certificate over NAME.csr with NAME.ext, from 2020 to END.
signed() {
    name=$1 by=$2 end=$3 digest=$4; shift 4
    : >index
    printf '%04X\n' "$serial" >number
    log openssl ca -batch -notext -config ca.cnf -in "$name.csr" -extfile "$name.ext" -keyfile "$by.key" -md "$digest" \
        -startdate 20200101000000Z -enddate "${end}0101000000Z" -out "$name.pem" "$@"
}
# root NAME KEY END COMMON-NAME EXTENSIONS: a certificate that signs itself.
root() {
    serial=$((serial + 1))
    printf '%s\n' "$5" >"$1.ext"
    log openssl req -new -key "$2.key" -subj "/C=GB/O=Example Trust/CN=$4" -out "$1.csr"
    signed "$1" "$2" "$3" sha256 -selfsign
    log openssl x509 -in "$1.pem" -outform DER -out "$out/$1.cer"
}
# issued NAME KEY ISSUER ISSUER-KEY END COMMON-NAME EXTENSIONS [HASH]: a certificate that another signs.
issued() {
    serial=$((serial + 1))
    printf '%s\n' "$7" >"$1.ext"
    log openssl req -new -key "$2.key" -subj "/C=GB/O=Example Trust/CN=$6" -out "$1.csr"
    signed "$1" "$4" "$5" "${8:-sha256}" -cert "$3.pem"
}
# Intermediates end first, then roots, then authorities: so a test can tell whose end it was.
serial=1000
for kind in rsa p256 p384; do
    hash=sha256; [ $kind = p384 ] && hash=sha384
    root $kind-root $kind-root 2120 "Example $kind Root" "$ca"
    issued $kind-between $kind-between $kind-root $kind-root 2100 "Example $kind Intermediate" "$ca" $hash
    issued $kind-tsa $kind-tsa $kind-between $kind-between 2150 "Example $kind Time Stamping Authority" "$tsa" $hash
done
# From here on everything hangs on the P-256 root, whose keys are made and used fastest.
k=p256
root namesake-root rsa-root 2120 "Example p256 Root" "$ca"
root no-ca-root $k-root 2120 "Example no-ca Root" "$authority"
root short-root $k-root 2120 "Example short Root" "basicConstraints=critical,CA:TRUE,pathlen:0
$authority"
tsa_under() { issued "$1-tsa" $k-tsa "$1" "$2" 2150 "Example Authority under $1" "$tsa"; }
tsa_under p256-root $k-root
tsa_under no-ca-root $k-root
issued short-between $k-between short-root $k-root 2100 "Example short Intermediate" "$ca"; tsa_under short-between $k-between
# The short root's new key, under its own name: no authority in between.
issued renewed-root $k-between short-root $k-root 2100 "Example short Root" "$ca"; tsa_under renewed-root $k-between
between() { issued "$1" $k-between $k-root $k-root 2100 "Example $1" "$2" "${3:-sha256}"; tsa_under "$1" $k-between; }
between no-ca-between "basicConstraints=critical,CA:FALSE
$authority"
between no-sign-between 'basicConstraints=critical,CA:TRUE
keyUsage=critical,cRLSign'
between named-between "$ca
nameConstraints=permitted;DNS:example.org"
between web-between "$ca
extendedKeyUsage=serverAuth"
between sha1-between "$ca" sha1
# A chain of five is the longest: root, three between, authority. One more is too many.
issued deep-1 rsa-between $k-root $k-root 2100 "Example deep 1" "$ca"
issued deep-2 $k-between deep-1 rsa-between 2100 "Example deep 2" "$ca"
issued deep-3 rsa-tsa deep-2 $k-between 2100 "Example deep 3" "$ca"
issued deep-4 p384-between deep-3 rsa-tsa 2100 "Example deep 4" "$ca"
tsa_under deep-3 rsa-tsa; tsa_under deep-4 p384-between
leaf() { issued "$1" "${3:-$k-tsa}" $k-between $k-between 2150 "Example $1" "$2"; }
leaf no-purpose "$usage"
leaf soft-purpose "$usage
extendedKeyUsage=timeStamping"
leaf two-purposes "$usage
extendedKeyUsage=critical,timeStamping,codeSigning"
leaf wrong-purpose "$usage
extendedKeyUsage=critical,codeSigning"
leaf encrypting 'keyUsage=critical,keyEncipherment,digitalSignature
extendedKeyUsage=critical,timeStamping'
leaf unknown-critical "$tsa
1.2.3.4=critical,ASN1:UTF8String:unknown"
leaf p521 "$tsa" p521-tsa
leaf rsa-1024 "$tsa" rsa-1024
# The same name, key and serial number twice: only the digest in the signed attributes tells them apart.
leaf twin-a "$tsa"; cp twin-a.csr twin-b.csr; cp twin-a.ext twin-b.ext
signed twin-b $k-between 2110 sha256 -cert $k-between.pem
cp $k-tsa.pem tsa.pem; log openssl x509 -in tsa.pem -outform DER -out "$out/p256-tsa.cer"
log openssl x509 -in $k-between.pem -outform DER -out "$out/p256-between.cer"

# ---- tokens by `openssl ts` -------------------------------------------------------------------------------------------------
# stamp TOKEN CERTIFICATE KEY CHAIN IMPRINT-HASH SIGNED-HASH ESS-HASH MORE-CONFIGURATION
stamp() {
    cat >ts.cnf <<END
[tsa]
serial = serial
signer_cert = $2.pem
signer_key = $3.key
certs = $4.pem
signer_digest = $6
ess_cert_id_alg = $7
default_policy = 1.2.3.4.5
digests = sha1, sha256, sha384, sha512
${8:-}
END
    log openssl ts -query -data stamped "-$5" -cert -out query
    log openssl ts -reply -config ts.cnf -section tsa -queryfile query -out "$1.reply"
    log openssl ts -reply -in "$1.reply" -token_out -out "$out/$1.token"
}
printf '01\n' >serial
stamp rsa rsa-tsa rsa-tsa rsa-between sha256 sha256 sha256
stamp rsa-sha512 rsa-tsa rsa-tsa rsa-between sha512 sha512 sha256
stamp p256 p256-tsa p256-tsa p256-between sha256 sha256 sha256
stamp p256-sha512 p256-tsa p256-tsa p256-between sha384 sha512 sha384
stamp p384 p384-tsa p384-tsa p384-between sha384 sha384 sha512
stamp p384-sha256 p384-tsa p384-tsa p384-between sha256 sha256 sha256
stamp old-ess p256-tsa p256-tsa p256-between sha256 sha256 sha1
stamp accurate p256-tsa p256-tsa p256-between sha256 sha256 sha256 'accuracy = secs:2, millisecs:500, microsecs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = yes
clock_precision_digits = 6'
stamp imprint-sha1 p256-tsa p256-tsa p256-between sha1 sha256 sha256
stamp signed-sha1 rsa-tsa rsa-tsa rsa-between sha256 sha1 sha256
cp p256.reply "$out/whole-reply.token"

# ---- tokens by `openssl cms`, over a TSTInfo made here ----------------------------------------------------------------------
# info FILE TIME [MORE-LINES]: a TSTInfo over what is stamped.
imprint=$(openssl dgst -sha256 -r stamped | cut -d' ' -f1)
info() {
    cat >info.cnf <<END
asn1=SEQUENCE:info
[info]
version=INTEGER:${4:-1}
policy=OID:1.2.3.4.6
imprint=SEQUENCE:imprint
serial=INTEGER:0x7fff
time=GENTIME:$2
${3:-}
[imprint]
hash=SEQUENCE:hash
digest=FORMAT:HEX,OCTETSTRING:$imprint
[hash]
oid=OID:2.16.840.1.101.3.4.2.1
[accuracy]
whole=INTEGER:2
milli=IMPLICIT:0,INTEGER:${5:-999}
[extensions]
one=SEQUENCE:extension
[extension]
oid=OID:1.2.3.4
critical=BOOLEAN:TRUE
value=FORMAT:HEX,OCTETSTRING:0500
END
    log openssl asn1parse -genconf info.cnf -noout -out "$1.info"
}
# sign TOKEN INFO KEY CERTIFICATE CHAIN [MORE-OPTIONS…]
sign() {
    name=$1 data=$2 key=$3 signer=$4 others=$5; shift 5
    log openssl cms -sign -binary -nodetach -nosmimecap -econtent_type "$type" -in "$data.info" -md sha256 \
        -signer "$signer.pem" -inkey "$key.key" -certfile "$others.pem" -outform DER -out "$out/$name.token" "$@"
}
type=1.2.840.113549.1.9.16.1.4
now=20310101120000Z
info now $now
info fraction 20310101120000.25Z 'accuracy=SEQUENCE:accuracy
ordering=BOOLEAN:TRUE
nonce=INTEGER:-5'
info extended $now 'extensions=IMPLICIT:1,SEQUENCE:extensions'
info early 20010101120000Z; info between-expired 21100101120000Z; info root-expired 21300101120000Z; info late 21700101120000Z
info version-2 $now '' 2; info no-such-accuracy $now 'accuracy=SEQUENCE:accuracy' 1 1000; info no-such-day $now
LC_ALL=C sed -i 's/20310101120000Z/20310231120000Z/' no-such-day.info
chain=$k-between
sign crafted now $k-tsa tsa $chain -cades
sign fraction fraction $k-tsa tsa $chain -cades
sign key-id now $k-tsa tsa $chain -cades -keyid
sign under-root now $k-tsa p256-root-tsa $chain -cades
cat deep-1.pem deep-2.pem deep-3.pem >deep-3-chain.pem; cat deep-3-chain.pem deep-4.pem >deep-4-chain.pem
sign chain-of-five now $k-tsa deep-3-tsa deep-3-chain -cades
sign chain-of-six now $k-tsa deep-4-tsa deep-4-chain -cades
cat rsa-between.pem p384-between.pem p521.pem $chain.pem >crowd.pem
sign crowd now $k-tsa tsa crowd -cades
sign no-between now $k-tsa tsa rsa-root -cades
sign early early $k-tsa tsa $chain -cades
sign between-expired between-expired $k-tsa tsa $chain -cades
sign root-expired root-expired $k-tsa p256-root-tsa $chain -cades
sign late late $k-tsa tsa $chain -cades
for leaf in no-purpose soft-purpose two-purposes wrong-purpose encrypting unknown-critical; do sign $leaf now $k-tsa $leaf $chain -cades; done
sign no-ca-root now $k-tsa no-ca-root-tsa $chain -cades
for one in short no-ca no-sign named web sha1; do sign $one-between now $k-tsa $one-between-tsa $one-between -cades; done
sign renewed now $k-tsa renewed-root-tsa renewed-root -cades
sign critical-extension extended $k-tsa tsa $chain -cades
sign no-ess now $k-tsa tsa $chain
sign no-certificate now $k-tsa tsa $chain -cades -nocerts
cat twin-b.pem $chain.pem >twin-chain.pem
sign twin now $k-tsa twin-a twin-chain -cades -nocerts
sign p521 now p521-tsa p521 $chain -cades
sign rsa-1024 now rsa-1024 rsa-1024 $chain -cades
sign pss now rsa-tsa rsa-tsa rsa-between -cades -keyopt rsa_padding_mode:pss
sign no-attributes now $k-tsa tsa $chain -noattr
type=1.2.840.113549.1.7.1; sign other-type now $k-tsa tsa $chain -cades; type=1.2.840.113549.1.9.16.1.4
sign two-signers now $k-tsa tsa $chain -cades -signer rsa-tsa.pem -inkey rsa-tsa.key
sign indefinite now $k-tsa tsa $chain -cades -stream
for bad in version-2 no-such-accuracy no-such-day; do sign $bad $bad $k-tsa tsa $chain -cades; done
cat p256-root.pem rsa-root.pem rsa-between.pem rsa-tsa.pem p384-root.pem p384-between.pem p384-tsa.pem deep-[1-4].pem >many.pem
sign many-certificates now $k-tsa tsa many -cades

# ---- damage -----------------------------------------------------------------------------------------------------------------
: >"$out/empty.token"
head -c 700 "$out/crafted.token" >"$out/cut.token"
{ cat "$out/crafted.token"; printf '\0'; } >"$out/trailing.token"
LC_ALL=C sed 's/20310101120000Z/20310101120001Z/' "$out/crafted.token" >"$out/moved.token"
# An RSA signature is the last thing in its token; its last byte becomes another.
size=$(wc -c <"$out/rsa.token")
last=$(tail -c 1 "$out/rsa.token" | od -An -tu1)
{ head -c $((size - 1)) "$out/rsa.token"; printf "\\$(printf %o $((last ^ 1)))"; } >"$out/flipped.token"
date +%s >>"$out/made.txt"
