// Command shop is the application of `make recover`: a small server that reads two
// databases, the catalog and the orders, and the command that warms its cache.
//
//	shop serve --listen ADDRESS --endpoints FOLDER
//	shop warm --url URL --pages N     (reads what lifeboat tells from standard input)
//
// It finds its databases as applications should: by where lifeboat announces them.
// While one is not announced it answers 503.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("shop: ")
	if len(os.Args) < 2 {
		log.Fatal("say serve or warm")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch os.Args[1] {
	case "serve":
		err = serve(ctx, os.Args[2:])
	case "warm":
		err = warm(ctx, os.Args[2:])
	default:
		err = fmt.Errorf("say serve or warm, not %q", os.Args[1])
	}
	if err != nil {
		stop()
		log.Fatal(err) //nolint:gocritic // stop was called
	}
}

func serve(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:8473", "address")
	endpoints := flags.String("endpoints", ".lifeboat/endpoints/exercise", "where lifeboat announces databases")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s := shop{endpoints: *endpoints}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /bestsellers", s.bestsellers)
	mux.HandleFunc("GET /products/{id}", s.product)
	server := http.Server{Addr: *listen, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	return nil
}

// shop answers from its two databases, which it looks up at each request: they may be
// somewhere else by then.
type shop struct{ endpoints string }

// bestsellers is a page that needs both: what sold most is in the orders, what it is
// called in the catalog.
func (s shop) bestsellers(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	orders, err := s.connect(ctx, "shop/orders-db")
	if err != nil {
		gone(w, err)
		return
	}
	defer orders.Close(ctx)
	catalog, err := s.connect(ctx, "catalog/catalog-db")
	if err != nil {
		gone(w, err)
		return
	}
	defer catalog.Close(ctx)
	rows, err := orders.Query(ctx, "select product_id, count(*) from orders group by 1 order by 2 desc, 1 limit 10")
	if err != nil {
		gone(w, err)
		return
	}
	sold, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Product, Count int64 }])
	if err != nil {
		gone(w, err)
		return
	}
	for i, row := range sold {
		var name string
		if err := catalog.QueryRow(ctx, "select name from products where id = $1", row.Product).Scan(&name); err != nil {
			gone(w, err)
			return
		}
		fmt.Fprintf(w, "%d. %s, sold %d times\n", i+1, name, row.Count)
	}
}

func (s shop) product(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		http.Error(w, "no such product", http.StatusNotFound)
		return
	}
	catalog, err := s.connect(ctx, "catalog/catalog-db")
	if err != nil {
		gone(w, err)
		return
	}
	defer catalog.Close(ctx)
	var name string
	if err := catalog.QueryRow(ctx, "select name from products where id = $1", id).Scan(&name); err != nil {
		gone(w, err)
		return
	}
	fmt.Fprintln(w, name)
}

func gone(w http.ResponseWriter, err error) {
	http.Error(w, "the shop has no database: "+err.Error(), http.StatusServiceUnavailable)
}

// endpoint is what lifeboat announces.
type endpoint struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	User     string `json:"user"`
	Database string `json:"database"`
	Secret   string `json:"secret"` // a password file, where one is needed
}

func (s shop) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	text, err := os.ReadFile(filepath.Join(s.endpoints, filepath.FromSlash(database)+".json"))
	if err != nil {
		return nil, fmt.Errorf("%s is not announced", database)
	}
	var at endpoint
	if err := json.Unmarshal(text, &at); err != nil {
		return nil, err
	}
	query := url.Values{"host": {at.Host}, "port": {strconv.Itoa(at.Port)}, "sslmode": {"disable"}, "connect_timeout": {"5"}}
	if at.Secret != "" {
		query.Set("passfile", at.Secret)
	}
	return pgx.Connect(ctx, (&url.URL{Scheme: "postgres", User: url.User(at.User), Path: "/" + at.Database, RawQuery: query.Encode()}).String())
}

// warm asks for so many pages as visitors would. A
// command may be run twice: asking twice does no harm.
func warm(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("warm", flag.ExitOnError)
	at := flags.String("url", "http://127.0.0.1:8473", "of the shop")
	pages := flags.Int("pages", 50, "how many")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var told struct {
		Databases map[string]any `json:"databases"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&told); err != nil {
		return fmt.Errorf("read what lifeboat tells: %w", err)
	}
	bytes := int64(0)
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext}}
	for page := range *pages {
		n, err := visit(ctx, &client, fmt.Sprintf("%s/products/%d", strings.TrimSuffix(*at, "/"), page+1))
		if err != nil {
			return err
		}
		bytes += n
	}
	fmt.Printf("%d pages are warm (%d bytes), of %d recovered databases\n", *pages, bytes, len(told.Databases))
	return nil
}

func visit(ctx context.Context, client *http.Client, url string) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s answered %d", url, response.StatusCode)
	}
	return io.Copy(io.Discard, response.Body)
}
