package main

import (
	"context"
	"errors"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const (
	// finalizer holds a Page back until its entry is out of the index.
	finalizer = "site.gantry.example/index"
	// indexName is a ConfigMap that others write, too; it belongs to no Page.
	indexName = "index"
)

var errTaken = errors.New("the ConfigMap is not ours")

// Reconciler keeps, for each Page, a ConfigMap of its own and an entry in the index.
type Reconciler struct{ client.Client }

// SetUp watches both kinds, so that a ConfigMap that is changed or deleted is made good.
func (r *Reconciler) SetUp(manager ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(manager).For(&Page{}).Owns(&corev1.ConfigMap{}).Complete(r)
}

// Reconcile is called with a name, not with what happened: it looks and mends, and may be called at any time. After an
// error it is called again, later and later.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var page Page
	if err := r.Get(ctx, request.NamespacedName, &page); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !page.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, r.release(ctx, &page)
	}
	// Before there is anything to take back: the page may be deleted while we are not there.
	if controllerutil.AddFinalizer(&page, finalizer) {
		if err := r.Update(ctx, &page); err != nil {
			return ctrl.Result{}, err
		}
	}
	if err := r.publish(ctx, &page); errors.Is(err, errTaken) {
		empty := func(entries map[string]string) { entries[page.Name] = "" }
		return ctrl.Result{}, errors.Join(err, r.editIndex(ctx, page.Namespace, empty))
	} else if err != nil {
		return ctrl.Result{}, err
	}
	if err := r.enter(ctx, &page); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, r.observe(ctx, &page)
}

// publish makes the ConfigMap of the page what it should be, and writes nothing when it is that already.
func (r *Reconciler) publish(ctx context.Context, page *Page) error {
	published := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: page.Name, Namespace: page.Namespace}}
	_, err := controllerutil.CreateOrUpdate(ctx, r.Client, published, func() error {
		if published.UID != "" && !metav1.IsControlledBy(published, page) {
			return errTaken
		}
		published.Data = map[string]string{"title": page.Spec.Title, "text": page.Spec.Text}
		return controllerutil.SetControllerReference(page, published, r.Scheme())
	})
	return err
}

// enter puts the page into the index.
func (r *Reconciler) enter(ctx context.Context, page *Page) error {
	return r.editIndex(ctx, page.Namespace, func(entries map[string]string) { entries[page.Name] = page.Spec.Title })
}

// observe says that everything agrees with this generation of the spec; so it comes last.
func (r *Reconciler) observe(ctx context.Context, page *Page) error {
	if page.Status.ObservedGeneration == page.Generation {
		return nil
	}
	page.Status.ObservedGeneration = page.Generation
	return r.Status().Update(ctx, page)
}

// release undoes what garbage collection would not, and lets the page go.
func (r *Reconciler) release(ctx context.Context, page *Page) error {
	if !controllerutil.RemoveFinalizer(page, finalizer) {
		return nil
	}
	leave := func(entries map[string]string) { delete(entries, page.Name) }
	if err := r.editIndex(ctx, page.Namespace, leave); client.IgnoreNotFound(err) != nil {
		return err
	}
	return client.IgnoreNotFound(r.Update(ctx, page))
}

// editIndex changes the entries of the index. The resource version that was read goes back with the update: where another
// has written meanwhile there is a conflict, and the next call begins with what is there then.
func (r *Reconciler) editIndex(ctx context.Context, namespace string, edit func(entries map[string]string)) error {
	var index corev1.ConfigMap
	if err := r.Get(ctx, client.ObjectKey{Namespace: namespace, Name: indexName}, &index); err != nil {
		return err
	}
	entries := map[string]string{}
	maps.Copy(entries, index.Data)
	edit(entries)
	if maps.Equal(entries, index.Data) {
		return nil
	}
	index.Data = entries
	return r.Update(ctx, &index)
}
