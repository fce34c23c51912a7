package s3

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const checksumPrefix = "X-Amz-Checksum-"

// checksums are the algorithms that a body can be checked with,
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
var checksums = map[string]func() hash.Hash{
	"X-Amz-Checksum-Crc32":     func() hash.Hash { return crc32.NewIEEE() },
	"X-Amz-Checksum-Crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"X-Amz-Checksum-Crc64nvme": func() hash.Hash { return crc64.New(crc64.MakeTable(nvme)) },
	"X-Amz-Checksum-Sha1":      sha1.New,
	"X-Amz-Checksum-Sha256":    sha256.New,
}

// nvme is the polynomial of CRC64NVME, with which S3 checks what comes without
// a checksum.
const (
	nvme            = 0x9a6c9329ac4bc9b5
	defaultChecksum = "X-Amz-Checksum-Crc64nvme"
)

var checksumHeaders = []string{
	"Content-Md5", "X-Amz-Trailer", "X-Amz-Decoded-Content-Length", "X-Amz-Sdk-Checksum-Algorithm", "X-Amz-Checksum-Type",
	"X-Amz-Checksum-Crc32", "X-Amz-Checksum-Crc32c", "X-Amz-Checksum-Crc64nvme", "X-Amz-Checksum-Sha1", "X-Amz-Checksum-Sha256",
}

// payload is the body of a put as it was before it was packed.
type payload struct {
	body     []byte
	checksum string // the header that it is kept under
	value    string
	vouched  bool // the caller sent a checksum or an MD5
}

func (r request) payload() (payload, error) {
	body, trailers := r.Body, http.Header{}
	switch form := r.header("X-Amz-Content-Sha256"); form {
	case "UNSIGNED-PAYLOAD":
	case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
		var err error
		if body, trailers, err = r.unchunk(); err != nil {
			return payload{}, err
		}
	default:
		if len(form) != hex.EncodedLen(sha256.Size) {
			return payload{}, wire.Unknown("s3 %s: X-Amz-Content-Sha256: %s", r.Operation, form)
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != form {
			return payload{}, wire.Errorf("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
		}
	}
	p := payload{body: body}
	return p, p.verify(r, trailers)
}

// verify compares every checksum that came with a body.
func (p *payload) verify(r request, trailers http.Header) error {
	if sent := r.header("Content-Md5"); sent != "" {
		if sum := md5.Sum(p.body); base64.StdEncoding.EncodeToString(sum[:]) != sent {
			return wire.Errorf("BadDigest", "The Content-MD5 you specified did not match what we received.")
		}
		p.vouched = true
	}
	for _, name := range checksumHeaders {
		sent := r.header(name) + trailers.Get(name)
		if checksums[name] == nil || sent == "" {
			continue
		}
		if p.checksum != "" {
			return wire.Errorf("InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
		}
		p.checksum, p.value, p.vouched = name, p.sum(name), true
		if p.value != sent {
			return wire.Errorf("BadDigest", "The %s you specified did not match the calculated checksum.", strings.ToUpper(strings.TrimPrefix(name, checksumPrefix)))
		}
	}
	if p.checksum == "" {
		p.checksum, p.value = defaultChecksum, p.sum(defaultChecksum)
	}
	return nil
}

func (p *payload) sum(name string) string {
	h := checksums[name]()
	h.Write(p.body)
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// unchunk unpacks aws-chunked: chunks with their sizes in front, and trailers.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
func (r request) unchunk() ([]byte, http.Header, error) {
	var body []byte
	rest := r.Body
	for {
		line, after, ok := bytes.Cut(rest, []byte("\r\n"))
		size, err := strconv.ParseUint(string(line), 16, 31)
		if !ok || err != nil || len(after) < int(size) {
			return nil, nil, incomplete()
		}
		if size == 0 {
			rest = after
			break
		}
		body = append(body, after[:size]...)
		if rest, ok = bytes.CutPrefix(after[size:], []byte("\r\n")); !ok {
			return nil, nil, incomplete()
		}
	}
	if want := r.header("X-Amz-Decoded-Content-Length"); want != strconv.Itoa(len(body)) {
		return nil, nil, incomplete()
	}
	trailers := http.Header{}
	for line := range strings.SplitSeq(strings.TrimSpace(string(rest)), "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			trailers.Set(name, strings.TrimSpace(value))
		}
	}
	announced := r.header("X-Amz-Trailer")
	if len(trailers) != 1 || !slices.Contains(checksumHeaders, http.CanonicalHeaderKey(announced)) || trailers.Get(announced) == "" {
		return nil, nil, wire.Errorf("MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema.")
	}
	return body, trailers, nil
}

func incomplete() *wire.Error {
	return wire.Errorf("IncompleteBody", "The request body terminated unexpectedly")
}
